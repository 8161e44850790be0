#!/usr/bin/env python3
"""usage: tools/make_inputs.py data

Makes the inputs that data/inputs/ and data/labelled/ hold, with a labels.csv (file,label) in each
folder: a few of every kind to serve, and more text to measure the accuracy of `ocr` with. They are
committed, so nobody needs to run this; it says where they come from. Needs ImageMagick, DejaVu
fonts, espeak-ng, Debian's dataset-fashion-mnist and the digits of tools/fetch_data.sh. Rules, not
looks, chose what is in here: the texts were written before the recogniser saw them, and fashion and
digits take the first images of the test sets.
"""
import gzip
import json
import math
import pathlib
import random
import struct
import subprocess
import sys
import wave
import zlib

FASHION = pathlib.Path("/usr/share/datasets/fashion-mnist")
DIGITS = pathlib.Path("build/data/digits")  # tools/fetch_data.sh build/data
FASHION_LABELS = ["T-shirt/top", "Trouser", "Pullover", "Dress", "Coat",
                  "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"]

# Lines are separated by |; name, font, point size, ink, paper, what ImageMagick does last, text.
TEXTS = [
    ("sign-exit", "DejaVu-Sans-Bold", 44, "white", "#006633", "", "Emergency exit"),
    ("sign-parking", "DejaVu-Sans", 40, "white", "#003399", "", "Visitor parking|Level 2"),
    ("label-box", "DejaVu-Sans-Mono", 30, "black", "#d8c8a0", "", "Lot 4471|Best before 03/2027"),
    ("note", "DejaVu-Serif", 32, "#202060", "#fffff0", "", "Call the dentist|before noon"),
    ("receipt", "DejaVu-Sans-Mono", 24, "black", "white", "",
     "Coffee 2.80|Sandwich 5.40|Total 8.20"),
    ("book", "DejaVu-Serif", 28, "black", "#f8f4e8", "",
     "It was a bright cold morning|and the harbour was still|wrapped in fog"),
    ("ticket", "DejaVu-Sans-Condensed", 34, "black", "#e8f0ff", "", "Seat 14C|Boarding 06:35"),
    ("plate", "DejaVu-Sans-Bold", 48, "black", "#ffdd00", "", "KX 4829 BT"),
    ("slide", "DejaVu-Sans", 36, "#303030", "white", "", "Results of the second quarter"),
    ("menu", "DejaVu-Serif-Italic", 32, "#401010", "#fff8e8", "", "Tomato soup|Grilled trout"),
    ("screen", "DejaVu-Sans-Mono", 26, "#40ff40", "black", "", "login accepted|3 new messages"),
    ("tilted", "DejaVu-Sans", 32, "black", "white", "-rotate 4", "Slightly tilted text"),
    ("blurred", "DejaVu-Serif", 34, "black", "white", "-blur 0x1.2", "Out of focus|but readable"),
    ("noisy", "DejaVu-Sans", 34, "#101010", "#c0c0c0", "-attenuate 0.5 +noise Gaussian",
     "Printed on rough paper"),
    ("small", "DejaVu-Sans", 16, "black", "white", "", "Small print is read as well"),
    ("large", "DejaVu-Serif-Bold", 64, "#222222", "#f0f0f0", "", "Welcome"),
]

# Name, voice, words a minute, text.
SPEECH = [
    ("english", "en-gb", 160, "The train to the coast leaves from platform nine."),
    ("american", "en-us+f3", 150, "Please turn off the lights in the meeting room."),
    ("german", "de", 150, "Heute bleibt es trocken und windig."),
    ("french", "fr+f2", 150, "Le marché ouvre à huit heures."),
]


def write_labels(folder, rows):
    lines = ["file,label"] + [f"{name},{label}" for name, label in rows]
    (folder / "labels.csv").write_text("\n".join(lines) + "\n")


def make_ocr(folder):
    rows = []
    for name, font, size, ink, paper, last, text in TEXTS:
        file = f"{name}.png"
        subprocess.run(
            ["convert", "-seed", "1", "-background", paper, "-fill", ink, "-font", font,
             "-pointsize", str(size), "-interline-spacing", str(size // 3),
             "label:" + text.replace("|", "\n"), "-bordercolor", paper, "-border", "40x30",
             *last.split(), "-strip", "-colors", "64", str(folder / file)], check=True)
        rows.append((file, text))
    write_labels(folder, rows)


# Text to measure accuracy with: every font in every size, printed in every way.
FONTS = ["DejaVu-Sans", "DejaVu-Serif", "DejaVu-Sans-Mono", "DejaVu-Sans-Bold",
         "DejaVu-Serif-Italic", "DejaVu-Sans-Condensed"]
SIZES = [18, 24, 32, 44]
PRINTS = {  # ink, paper, what ImageMagick does last
    "clean": ("black", "white", ""),
    "faint": ("#707070", "#c0c0c0", ""),
    "noisy": ("black", "#d0d0d0", "-attenuate 0.6 +noise Gaussian"),
    "blurred": ("#202020", "#f0f0f0", "-blur 0x1"),
}
WORDS = """market harbour window garden letter morning bridge silver paper river station winter summer
evening orange yellow coffee ticket doctor school number street corner bottle candle pocket island
meadow forest engine carpet basket mirror hammer pencil kitchen library village museum theatre
delivery invoice account balance credit order client office parcel weight length""".split()


def make_labelled_ocr(folder):
    chance = random.Random(2)
    rows = []
    for font in FONTS:
        for size in SIZES:
            for name, (ink, paper, last) in PRINTS.items():
                lines = [" ".join(chance.choice(WORDS) for _ in range(2)).capitalize()
                         for _ in range(chance.choice([1, 2]))]
                lines[-1] += f" {chance.randrange(1000)}"
                file = f"{font.lower()}-{size}-{name}." + ("jpg" if name == "noisy" else "png")
                subprocess.run(
                    ["convert", "-seed", "2", "-background", paper, "-fill", ink, "-font", font,
                     "-pointsize", str(size), "-interline-spacing", str(size // 3),
                     "label:" + "\n".join(lines), "-bordercolor", paper, "-border", "30x24",
                     *last.split(), "-colorspace", "gray", "-strip", "-colors", "32", "-quality", "75",
                     str(folder / file)], check=True)
                rows.append((file, "|".join(lines)))
    write_labels(folder, rows)


def write_wav(path, rate, channels):
    """Channels are lists of numbers from -1 to 1."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(len(channels))
        file.setsampwidth(2)
        file.setframerate(rate)
        for frame in zip(*channels):
            file.writeframesraw(b"".join(struct.pack("<h", round(32767 * x)) for x in frame))


def read_wav(path):
    with wave.open(str(path), "rb") as file:
        data = file.readframes(file.getnframes())
        return file.getframerate(), [x[0] / 32768 for x in struct.iter_unpack("<h", data)]


def make_vad(folder):
    rows = []
    chance = random.Random(1)

    def add(name, label, rate, *channels):
        write_wav(folder / f"{name}.wav", rate, channels)
        rows.append((f"{name}.wav", label))

    for name, voice, speed, text in SPEECH:
        file = folder / f"{name}.wav"
        subprocess.run(["espeak-ng", "-v", voice, "-s", str(speed), "-w", str(file), text],
                       check=True)
        rate, samples = read_wav(file)
        add(name, "yes", rate, [0.7 * x for x in samples])
    rate, samples = read_wav(folder / "english.wav")
    add("english-in-noise", "yes", rate, [0.8 * x + chance.gauss(0, 0.01) for x in samples])

    def seconds(rate, count, at):
        return [at(i / rate) for i in range(int(rate * count))]

    add("silence", "no", 16000, [0.0] * 32000)
    add("white-noise", "no", 16000, seconds(16000, 3, lambda t: chance.gauss(0, 0.1)))
    add("tone", "no", 8000, seconds(8000, 2, lambda t: 0.5 * math.sin(2 * math.pi * 440 * t)))
    add("sweep", "no", 16000,
        seconds(16000, 3, lambda t: 0.4 * math.sin(2 * math.pi * (100 + 300 * t) * t)))
    left = seconds(44100, 2, lambda t: 0.6 * math.exp(-60 * (t % 0.5)) * math.sin(9000 * t))
    add("metronome", "no", 44100, left, [0.8 * x for x in left])
    write_labels(folder, rows)


def make_images(folder):
    pictures = [
        ("cloud.jpg", ["-size", "640x480", "plasma:steelblue-white", "-quality", "85"]),
        ("fire.jpg", ["-size", "640x480", "plasma:darkred-yellow", "-blur", "0x1",
                      "-quality", "85"]),
        ("sunset.jpg", ["-size", "640x427", "gradient:navy-orange", "-fill", "gold", "-draw",
                        "circle 430,270 430,210", "-fill", "#102030", "-draw",
                        "polygon 0,427 0,300 160,200 300,330 420,290 640,427",
                        "-quality", "88"]),
        ("shapes.png", ["-size", "640x480", "xc:white", "-fill", "tomato", "-draw",
                        "rectangle 60,60 260,240", "-fill", "seagreen", "-draw",
                        "circle 430,170 430,70", "-fill", "royalblue", "-draw",
                        "polygon 120,430 320,280 520,430"]),
        ("checkerboard.png", ["-size", "480x640", "pattern:checkerboard", "-auto-level"]),
        ("rings.jpg", ["-size", "600x600", "radial-gradient:white-black", "-function", "sinusoid",
                       "12,0", "-quality", "85"]),
    ]
    rows = []
    for name, arguments in pictures:
        path = str(folder / name)
        subprocess.run(["convert", "-seed", "7", *arguments, "-strip", path], check=True)
        size = subprocess.run(["identify", "-format", "%wx%h", path], check=True,
                              capture_output=True, text=True).stdout
        rows.append((name, size))
    write_labels(folder, rows)


def png(width, height, gray):
    def chunk(kind, data):
        return (struct.pack(">I", len(data)) + kind + data
                + struct.pack(">I", zlib.crc32(kind + data)))

    lines = b"".join(b"\0" + gray[y * width:(y + 1) * width] for y in range(height))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
            + chunk(b"IDAT", zlib.compress(lines, 9)) + chunk(b"IEND", b""))


def make_fashion(folder, count=40):
    def dataset(name):
        return gzip.decompress((FASHION / name).read_bytes())

    images = dataset("t10k-images-idx3-ubyte.gz")[16:]
    labels = dataset("t10k-labels-idx1-ubyte.gz")[8:]
    rows = []
    for i in range(count):
        name = f"test-{i:02}.png"
        (folder / name).write_bytes(png(28, 28, images[i * 784:(i + 1) * 784]))
        rows.append((name, FASHION_LABELS[labels[i]]))
    write_labels(folder, rows)


def make_digits(folder, count=2):
    rows = []
    for digit in range(10):
        numbers = json.loads((DIGITS / f"{digit}.json").read_text())["data"]
        images = len(numbers) // 784
        first = images - images // 5  # of those that training never sees
        for i in range(first, first + count):
            name = f"test-{digit}-{i - first}.png"
            gray = bytes(round(x * 255) for x in numbers[i * 784:(i + 1) * 784])
            (folder / name).write_bytes(png(28, 28, gray))
            rows.append((name, str(digit)))
    write_labels(folder, rows)


def main():
    target = pathlib.Path(sys.argv[1])
    for name, make in [("inputs/ocr", make_ocr), ("inputs/vad", make_vad),
                       ("inputs/images", make_images), ("inputs/fashion", make_fashion),
                       ("inputs/digits", make_digits),
                       ("labelled/ocr", make_labelled_ocr)]:
        folder = target / name
        folder.mkdir(parents=True, exist_ok=True)
        make(folder)


main()
