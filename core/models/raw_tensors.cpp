#include "core/models/raw_tensors.h"

#include <ATen/ATen.h>

#include "core/files/error.h"
#include "core/nn/weights.h"

namespace fusionscope::models {

namespace {

struct Axes {
    int64_t least, most;
};

class Finder {
  public:
    Finder(const files::TensorTable& table, const std::string& inputCase, const std::string& where)
        : m_store(table, {}), m_table(table), m_case(inputCase), m_where(where) {}

    /// The tensor of a name with so many axes and the wanted kind of numbers, or an undefined one.
    Tensor find(const std::string& name, Axes axes, c10::ScalarType type) {
        const auto cased = m_case + "." + name;
        const auto& found = !m_case.empty() && m_table.contains(cased) ? cased : name;
        if (!m_table.contains(found)) return {};
        Tensor tensor = m_store.loadAsStored(found);
        if (tensor.dim() < axes.least || tensor.dim() > axes.most)
            throw Error(concat("tensor ", found, " has ", tensor.dim(), " axes, expected ", axes.most), m_where);
        if ((type == c10::kFloat) != tensor.is_floating_point())
            throw Error(concat("tensor ", found, " holds ", c10::toString(tensor.scalar_type()), ", expected ",
                               type == c10::kFloat ? "floating point" : "integers"),
                        m_where);
        return tensor.to(type);
    }

  private:
    nn::WeightStore m_store;
    const files::TensorTable& m_table;
    std::string m_case, m_where;
};

}  // namespace

Tensor RawTensors::singleViews() const {
    if (pixels.dim() == 4) return pixels;
    throw Error(concat("pixel_values has shape ", pixels.sizes(), ", expected [pictures, 3, height, width]"), "inputs");
}

RawTensors readRawTensors(const files::TensorTable& table, const std::string& inputCase, const std::string& where) {
    Finder finder(table, inputCase, where);
    RawTensors raw;
    raw.pixels = finder.find("pixel_values", {4, 5}, c10::kFloat);
    raw.ids = finder.find("input_ids", {2, 2}, c10::kLong);
    raw.mask = finder.find("attention_mask", {2, 2}, c10::kBool);
    raw.decoderIds = finder.find("decoder_input_ids", {2, 2}, c10::kLong);
    raw.sizes = finder.find("image_sizes", {2, 2}, c10::kLong);
    raw.frames = finder.find("pixel_values_videos", {5, 5}, c10::kFloat);
    if (!raw.pixels.defined() && !raw.frames.defined() && !raw.ids.defined())
        throw Error("holds neither pixel_values nor input_ids", where,
                    inputCase.empty() ? "Name the case with --case when the file holds several."
                                      : "Look at the names of its tensors.");
    if (raw.mask.defined() && (!raw.ids.defined() || raw.mask.sizes() != raw.ids.sizes()))
        throw Error("attention_mask and input_ids differ in shape", where);
    return raw;
}

}  // namespace fusionscope::models
