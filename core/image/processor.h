#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "core/image/picture.h"
#include "core/image/resample.h"
#include "core/image/transform.h"

namespace fusionscope::files {
class Fields;
}

namespace fusionscope::image {

/// How 8-bit samples become the numbers that a tower takes: (byte · factor − mean) / deviation, per channel.
struct PixelScaling {
    double factor = 1.0 / 255;
    std::array<double, 3> mean{0, 0, 0};
    std::array<double, 3> deviation{1, 1, 1};

    /// From `do_rescale`, `rescale_factor`, `do_normalize`, `image_mean`, `image_std`.
    static PixelScaling read(const files::Fields& preprocessor);
    /// [height, width, 3] to [3, height, width], in single precision step by step as the reference computes it.
    void apply(const ImageView& rgb, float* planes) const;
};

/// What the families that make one view of a fixed size read from preprocessor_config.json.
struct ProcessorConfig {
    Size size;                        ///< `size`: one number, or height and width
    Filter filter = Filter::Bicubic;  ///< `resample`
    PixelScaling scaling;

    /// @throws Error when a number is missing, not finite or beyond what a picture can be (sides 16 … 4096), and when
    /// a step is asked for that these families do not have (a centre crop to another size, no resizing)
    static ProcessorConfig read(const files::Fields& preprocessor);
};

/// What a picture is in its conversation; some families show the same picture differently.
enum class PictureUse { Alone, OneOfSeveral, Frame };

/// What may vary from one processing to the next. Families without a part ignore its options.
struct ProcessOptions {
    PassOrder order = PassOrder::HorizontalFirst;
    PictureUse use = PictureUse::Alone;
    bool tiles = true;  ///< false: the whole picture alone, never cut into tiles
    bool white = true;  ///< transparency is blended on white; false: dropped. Florence families always drop it
};

/// Which views are made of a picture.
struct ViewLayout {
    int views = 1;
    int overview = 0;                   ///< the view that shows the whole picture
    int tileRows = 0, tileColumns = 0;  ///< grid of the other views; 0 when the picture is not cut into tiles

    /// The view that is the first tile; the others follow row by row. Only when there are tiles.
    int firstTile() const { return overview == 0 ? 1 : 0; }
};

/// What a model is given for one picture.
struct ProcessedPicture : ViewLayout {
    std::vector<float> pixels;       ///< [views, 3, height, width], normalised
    std::vector<std::uint8_t> seen;  ///< [views, height, width, 3], the same before normalisation: what the model sees
    Size size;                                 ///< of each view
    Size original;                             ///< of the upright picture
    std::vector<PictureTransform> transforms;  ///< one a view

    /// One view of `seen`.
    ImageView seenView(int view) const;
    ImageView seenOverview() const { return seenView(overview); }
    /// How the overview lies in the picture.
    const PictureTransform& transform() const { return transforms.at(static_cast<std::size_t>(overview)); }
};

/// Turns pictures into what one checkpoint's vision tower takes. Const, so one may serve several threads.
class Processor {
  public:
    virtual ~Processor() = default;
    virtual ProcessedPicture process(const Picture& picture, const ProcessOptions& options = {}) const = 0;
    /// The views that process() makes of a picture of this size; touches no pixels.
    virtual ViewLayout layout(Size /*picture*/, const ProcessOptions& /*options*/ = {}) const { return {}; }
    /// The options with those that change nothing for this family at their defaults: a picture that was processed under
    /// equal ones need not be processed again.
    virtual ProcessOptions effective(const ProcessOptions& options) const { return options; }
    /// Size of each view, the same for every picture.
    virtual Size viewSize() const = 0;
};

/// Florence-2: the whole picture stretched to the tower's size. Also SigLIP's and CLIP's way when they do not crop.
class StretchProcessor : public Processor {
  public:
    explicit StretchProcessor(ProcessorConfig config);
    ProcessedPicture process(const Picture& picture, const ProcessOptions& options) const override;
    ProcessOptions effective(const ProcessOptions& options) const override { return {.order = options.order}; }
    Size viewSize() const override { return m_config.size; }

  private:
    ProcessorConfig m_config;
};

/// Florence-VL (and LLaVA's "pad"): the picture in the middle of a square of the mean colour, then stretched.
class PadProcessor : public Processor {
  public:
    explicit PadProcessor(ProcessorConfig config);
    ProcessedPicture process(const Picture& picture, const ProcessOptions& options) const override;
    ProcessOptions effective(const ProcessOptions& options) const override { return {.order = options.order}; }
    Size viewSize() const override { return m_config.size; }

  private:
    ProcessorConfig m_config;
    std::array<std::uint8_t, 4> m_fill{};  ///< trunc(255 · mean)
};

/// The processor of a checkpoint.
/// @param modelType    `model_type` of its config.json: florence2, llava_phi, llava_llama, …
/// @param preprocessor its (or its tower's) preprocessor_config.json; null when there is none
/// @param model        its config.json; `image_aspect_ratio` ("pad", "square") decides for the LLaVA family
/// @param where        name of the preprocessor file for messages
/// @throws Error for a family without a processor, and for settings that the family's processor cannot follow
std::unique_ptr<Processor> makeProcessor(const std::string& modelType, const nlohmann::json& preprocessor,
                                         const nlohmann::json& model, const std::string& where);

}  // namespace fusionscope::image
