#include "core/inspect/comparison.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "core/files/dequantize.h"
#include "core/files/error.h"
#include "core/files/json.h"
#include "core/files/safetensors.h"

namespace fusionscope::inspect {

namespace {

struct Counterpart {
    std::string name;
    bool tail = false, ends = false;
};

using Counterparts = std::map<std::string, Counterpart>;

std::string withCase(std::string name, const std::string& inputCase) {
    constexpr std::string_view mark = "{case}";
    for (auto at = name.find(mark); at != std::string::npos; at = name.find(mark, at + inputCase.size()))
        name.replace(at, mark.size(), inputCase);
    return name;
}

Counterparts readNames(const NameMap& names) {
    const auto where = names.file.string();
    const auto json = files::readJson(names.file);
    if (!json.is_object()) throw Error("is no object of names", where, R"(Expected {"llm/norm": "norm", …}.)");
    Counterparts counterparts;
    for (const auto& [name, value] : json.items()) {
        const auto entry = value.is_object() ? value : nlohmann::json{{"name", value}};
        const files::Fields fields(entry, where);
        counterparts[name] = {withCase(fields.text("name"), names.inputCase),
                              fields.flagOr("tail", false), fields.flagOr("ends", false)};
    }
    return counterparts;
}

std::vector<int64_t> withoutLeadingOnes(std::vector<int64_t> shape) {
    const auto first = std::ranges::find_if(shape, [](int64_t side) { return side != 1; });
    shape.erase(shape.begin(), first);
    return shape;
}

/// The last rows of a matrix, as many as the reference has; the tensor itself when it is none or has fewer.
NamedTensor tailOf(const NamedTensor& tensor, const files::TensorEntry& reference) {
    const auto shape = withoutLeadingOnes(tensor.shape), wanted = withoutLeadingOnes(reference.shape);
    if (shape.size() != 2 || wanted.size() != 2 || shape[0] < wanted[0]) return tensor;
    NamedTensor tail{tensor.name, {wanted[0], shape[1]}, {}};
    tail.values.assign(tensor.values.end() - wanted[0] * shape[1], tensor.values.end());
    return tail;
}

/// The first and the last view, where the reference has no others; the tensor itself where it has all.
NamedTensor endsOf(const NamedTensor& tensor, const files::TensorEntry& reference) {
    const auto &shape = tensor.shape, &wanted = reference.shape;
    if (shape.size() != wanted.size() || wanted.empty() || wanted[0] != 2 || shape[0] <= 2) return tensor;
    const auto view = static_cast<std::ptrdiff_t>(tensor.values.size()) / shape[0];
    NamedTensor ends{tensor.name, shape, {tensor.values.begin(), tensor.values.begin() + view}};
    ends.shape[0] = 2;
    ends.values.insert(ends.values.end(), tensor.values.end() - view, tensor.values.end());
    return ends;
}

void measure(ComparedTensor& result, const std::vector<float>& actual, const std::vector<float>& expected,
             Tolerance tolerance) {
    double largest = 0, difference = 0, dot = 0, actualSquares = 0, expectedSquares = 0;
    bool finite = true;
    for (size_t i = 0; i < expected.size(); ++i) {
        const double a = actual[i], e = expected[i];
        finite &= std::isfinite(a);
        largest = std::max(largest, std::abs(e));
        difference = std::max(difference, std::abs(a - e));
        dot += a * e;
        actualSquares += a * a;
        expectedSquares += e * e;
    }
    result.error = largest > 0 ? difference / largest : difference;
    const double norms = std::sqrt(actualSquares) * std::sqrt(expectedSquares);
    result.cosine = norms > 0 ? dot / norms : actualSquares == expectedSquares ? 1 : 0;
    result.within = finite && result.error <= tolerance.error && result.cosine >= tolerance.cosine;
}

ComparedTensor compareOne(const NamedTensor& recorded, const files::TensorEntry& entry,
                          const Counterpart& counterpart, Tolerance tolerance) {
    ComparedTensor result;
    result.name = recorded.name;
    result.expectedName = counterpart.name;
    const auto actual = counterpart.tail ? tailOf(recorded, entry) : counterpart.ends ? endsOf(recorded, entry) : recorded;
    if (withoutLeadingOnes(actual.shape) != withoutLeadingOnes(entry.shape)) {
        result.problem = concat("shape ", files::shapeText(actual.shape), ", expected ", files::shapeText(entry.shape));
        return result;
    }
    std::vector<float> expected(static_cast<size_t>(entry.elements()));
    files::dequantize(entry, expected);
    measure(result, actual.values, expected, tolerance);
    return result;
}

}  // namespace

std::vector<ComparedTensor> compare(const std::vector<NamedTensor>& recorded,
                                    const std::filesystem::path& expected, const NameMap& names, Tolerance tolerance) {
    const auto table = files::readSafetensors(expected).tensors;
    const auto known = names.file.empty() ? Counterparts() : readNames(names);
    std::vector<ComparedTensor> results;
    for (const auto& tensor : recorded) {
        const auto named = known.find(tensor.name);
        const auto counterpart = named != known.end() ? named->second : Counterpart{tensor.name};
        if (const auto entry = table.find(counterpart.name); entry != table.end())
            results.push_back(compareOne(tensor, entry->second, counterpart, tolerance));
    }
    if (results.empty())
        throw Error("holds none of the recorded activations", expected.string(),
                    "Name their counterparts in a file for --names.");
    return results;
}

}  // namespace fusionscope::inspect
