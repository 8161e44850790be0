// Serves an application that is data: models in a folder, put together by an application.yaml.
#pragma once

#include <string>

#include "serving/application_file.h"
#include "serving/applications/applications.h"

namespace scinet {

// `folder` is the application's, relative to the folder of all models.
ApplicationDefinition model_application(const ApplicationFile& file, const std::string& folder);

}  // namespace scinet
