# Two commands do everything: `make run` and `make test`.
.PHONY: run test build dependencies check clean

# Runs the main job: real inference on this machine, managed end to end. RUN_FLAGS adds options,
# e.g. make run RUN_FLAGS="--policy cosim --kill 2@60".
run: build
	build/release/scinet run --out results/latest $(RUN_FLAGS)

# The release program: build/release/scinet
build: dependencies
	cmake --preset release >/dev/null
	cmake --build --preset release --target scinet

# Of the program that users run: one build serves both commands.
test: dependencies
	cmake --preset release >/dev/null
	cmake --build --preset release
	ctest --preset release

# Everything that a change must pass besides the tests.
check: dependencies
	tools/check.sh

dependencies:
	@tools/install_dependencies.sh

clean:
	rm -rf build/dev build/release build/asan build/tsan
