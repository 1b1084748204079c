#include <cstddef>
#include <nlohmann/json.hpp>

#include "core/files/error.h"
#include "core/files/json.h"
#include "core/inspect/pca.h"

namespace fusionscope::inspect {

namespace {

using nlohmann::json;

constexpr const char* format = "fusionscope-pca-basis";
constexpr int version = 1;

std::vector<double> numbers(const files::Fields& fields, const char* key, std::size_t count) {
    std::vector<double> values = fields.numbers(key);
    if (values.size() != count) fields.refuse(key, concat("holds ", values.size(), " numbers, expected ", count));
    return values;
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
    const json document = files::parseJson(text, where);
    const files::Fields fields(document, where);
    if (fields.text("format") != format) fields.refuse("format", concat("is not \"", format, '"'));
    if (fields.integer("version") != version) fields.refuse("version", concat("is not ", version));

    PcaBasis basis;
    basis.mean = fields.numbers("mean");
    basis.explainedVariance = fields.numbers("explained_variance");
    const std::size_t channels = basis.mean.size();
    const std::size_t count = basis.explainedVariance.size();
    if (count < 1 || count > channels) {
        fields.refuse("explained_variance", concat("holds ", count, " numbers, the mean ", channels,
                                                   ", expected at least one component and no more than channels"));
    }
    basis.channels = static_cast<int>(channels);
    basis.maps = fields.texts("maps");
    basis.components = numbers(fields, "components", count * channels);
    basis.explainedRatio = numbers(fields, "explained_ratio", count);
    basis.low = numbers(fields, "low", count);
    basis.high = numbers(fields, "high", count);
    return basis;
}

}  // namespace fusionscope::inspect
