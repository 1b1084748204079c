#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "core/files/json.h"
#include "core/text/regex.h"

namespace fusionscope::text {

/// Walks a component of a tokenizer.json (normalizer, pre_tokenizer, post_processor, decoder) and calls `read` with the
/// type and the fields of every part, from the first to the last; a Sequence (its parts lie under `listKey`) is entered,
/// null is nothing. `read` answers whether it knows the type; Error names those that it does not know.
void readComponent(const nlohmann::json& json, std::string_view component, std::string_view listKey,
                   const std::string& where,
                   const std::function<bool(const std::string& type, const files::Fields& fields)>& read);

/// The `pattern` of Replace and Split: {"String": …} or {"Regex": …}.
Regex readPattern(const files::Fields& fields);

}  // namespace fusionscope::text
