#pragma once

#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "core/models/encode_options.h"

namespace fusionscope::files {
class ModelFolder;
}

namespace fusionscope::models {

/// Encoding options as JSON: {"pooled_token": "cut-at-end", "mask_prompt_padding": false, "fusion": "channels",
/// "block_order": ["V", …], "ablated": […], "ablation": "none"}. Extra prompts are not part of it.
nlohmann::json toJson(const EncodeOptions& options);
/// Fields that are absent stay as in `defaults`. @param where the file's name. @throws Error naming the field
EncodeOptions encodeOptionsFrom(const nlohmann::json& json, const std::string& where, EncodeOptions defaults);

/// The file beside a checkpoint that settles what the checkpoint leaves open, in its object "encoding".
inline constexpr const char* storedOptionsFile = "fusionscope.json";

/// The options of that file over `defaults`; the defaults when there is no such file. @throws Error when it is malformed
EncodeOptions storedEncodeOptions(const files::ModelFolder& folder, EncodeOptions defaults);
/// Writes them there; other fields of the file stay. @throws Error when the folder cannot be written to
void storeEncodeOptions(const std::filesystem::path& folder, const EncodeOptions& options);

}  // namespace fusionscope::models
