#pragma once

#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace fusionscope::text {

/// One step that changes a piece of text before it is cut into words.
using Normalizer = std::function<std::string(std::string)>;

/// Applies the steps in order.
std::string normalise(const std::vector<Normalizer>& steps, std::string text);

/// The `normalizer` of a tokenizer.json, nested sequences flattened. Known: NFC, NFD, NFKC, NFKD, Prepend, Replace,
/// Strip, Sequence. Throws Error naming any other.
std::vector<Normalizer> readNormalizer(const nlohmann::json& json, const std::string& where);

}  // namespace fusionscope::text
