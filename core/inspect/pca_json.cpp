#include <algorithm>
#include <cmath>
#include <cstddef>
#include <nlohmann/json.hpp>

#include "core/files/error.h"
#include "core/inspect/pca.h"

namespace fusionscope::inspect {

namespace {

using nlohmann::json;

constexpr const char* format = "fusionscope-pca-basis";
constexpr int version = 1;
constexpr const char* hint = "Write the basis again with `maps`.";

/// Refuses nesting no basis has, before the parser builds anything.
void requireShallow(std::string_view text, const std::string& where) {
    int depth = 0;
    bool quoted = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (quoted) {
            if (text[i] == '\\') ++i;
            else if (text[i] == '"') quoted = false;
        } else if (text[i] == '"') {
            quoted = true;
        } else if (text[i] == '[' || text[i] == '{') {
            if (++depth > 8) throw Error("the JSON is nested more than 8 deep, expected a saved PCA basis", where, hint);
        } else if (text[i] == ']' || text[i] == '}') {
            --depth;
        }
    }
}

const json& field(const json& object, const char* name, const std::string& where) {
    const auto found = object.find(name);
    if (found == object.end()) throw Error(concat("the field \"", name, "\" is missing"), where, hint);
    return *found;
}

std::vector<double> numbers(const json& object, const char* name, std::size_t count, const std::string& where) {
    const json& list = field(object, name, where);
    if (!list.is_array() || list.size() != count) {
        throw Error(concat("the field \"", name, "\" holds ", list.is_array() ? list.size() : std::size_t{1},
                           " values, expected a list of ", count),
                    where, hint);
    }
    std::vector<double> values;
    values.reserve(count);
    for (const json& value : list) {
        if (!value.is_number() || !std::isfinite(value.get<double>())) {
            throw Error(concat("the field \"", name, "\" holds ", value.dump().substr(0, 40), ", expected finite numbers"),
                        where, hint);
        }
        values.push_back(value.get<double>());
    }
    return values;
}

std::size_t sizeOf(const json& object, const char* name, const std::string& where) {
    const json& list = field(object, name, where);
    if (!list.is_array() || list.empty()) {
        throw Error(concat("the field \"", name, "\" is not a list of numbers"), where, hint);
    }
    return list.size();
}

}  // namespace

std::string toJson(const PcaBasis& basis) {
    const json object = {{"format", format},
                         {"version", version},
                         {"maps", basis.maps},
                         {"mean", basis.mean},
                         {"components", basis.components},
                         {"explained_variance", basis.explainedVariance},
                         {"explained_ratio", basis.explainedRatio},
                         {"low", basis.low},
                         {"high", basis.high}};
    return object.dump(1, ' ', false, json::error_handler_t::replace) + '\n';
}

PcaBasis pcaBasisFromJson(std::string_view text, const std::string& where) {
    requireShallow(text, where);
    const json object = json::parse(text, nullptr, /*allow_exceptions=*/false);
    if (!object.is_object() || object.value("format", json()) != format || object.value("version", json()) != version) {
        throw Error(concat("this is not JSON with \"format\": \"", format, "\" and \"version\": ", version), where, hint);
    }
    PcaBasis basis;
    const std::size_t channels = sizeOf(object, "mean", where);
    const std::size_t count = sizeOf(object, "explained_variance", where);
    if (count > channels) {
        throw Error(concat(count, " components of ", channels, " channels, expected no more components than channels"), where,
                    hint);
    }
    const json& names = field(object, "maps", where);
    if (!names.is_array() || !std::all_of(names.begin(), names.end(), [](const json& n) { return n.is_string(); })) {
        throw Error("the field \"maps\" is not a list of names", where, hint);
    }
    basis.channels = static_cast<int>(channels);
    basis.maps = names.get<std::vector<std::string>>();
    basis.mean = numbers(object, "mean", channels, where);
    basis.components = numbers(object, "components", count * channels, where);
    basis.explainedVariance = numbers(object, "explained_variance", count, where);
    basis.explainedRatio = numbers(object, "explained_ratio", count, where);
    basis.low = numbers(object, "low", count, where);
    basis.high = numbers(object, "high", count, where);
    return basis;
}

}  // namespace fusionscope::inspect
