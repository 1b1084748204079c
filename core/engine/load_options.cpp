#include "core/engine/load_options.h"

#include <array>
#include <utility>

#include "core/files/error.h"

namespace fusionscope::engine {

namespace {

constexpr std::array<std::pair<const char*, Precision>, 6> precisions = {{
    {"auto", Precision::Auto},
    {"fp32", Precision::Fp32},
    {"bf16", Precision::Bf16},
    {"fp16", Precision::Fp16},
    {"int8", Precision::Int8},
    {"int4", Precision::Int4},
}};

}  // namespace

Precision precisionNamed(const std::string& name) {
    std::string all;
    for (const auto& [known, precision] : precisions) {
        if (name == known) return precision;
        all += (all.empty() ? "" : ", ") + std::string(known);
    }
    throw Error(concat("\"", name, "\" is no precision"), {}, concat("Known: ", all, "."));
}

const char* name(Precision precision) {
    for (const auto& [known, value] : precisions)
        if (value == precision) return known;
    return "";
}

}  // namespace fusionscope::engine
