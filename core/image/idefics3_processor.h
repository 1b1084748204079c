#pragma once

#include "core/image/processor.h"

namespace fusionscope::image {

/// What Idefics3's and SmolVLM's processor reads from preprocessor_config.json.
struct Idefics3ProcessorConfig {
    int longestEdge = 1456;  ///< `size.longest_edge`: pictures are scaled to it, small ones too
    int tile = 364;          ///< `max_image_size.longest_edge`: side of a view
    int frameEdge = 364;     ///< `video_sampling.video_size.longest_edge`, else as tile: longestEdge for frames
    Filter filter = Filter::Lanczos;
    bool splits = true;  ///< `do_image_splitting`
    PixelScaling scaling;

    /// @throws Error when a number is missing, out of range (sides 16 … 4096), asks for more than 1024 tiles, or a step
    /// is switched off that the family's tower needs
    static Idefics3ProcessorConfig read(const files::Fields& preprocessor);
};

/// Idefics3, SmolVLM and SmolVLM2 (Laurençon et al. 2024, arXiv 2408.12637): the picture is scaled to a longest edge,
/// stretched to whole tiles and cut into them, row by row; the last view is the whole of it at the size of one tile. A
/// video's frame is that last view alone.
class Idefics3Processor : public Processor {
  public:
    explicit Idefics3Processor(Idefics3ProcessorConfig config) : m_config(config) {}
    ProcessedPicture process(const Picture& picture, const ProcessOptions& options) const override;
    ViewLayout layout(Size picture, const ProcessOptions& options) const override;
    ProcessOptions effective(const ProcessOptions& options) const override;
    Size viewSize() const override { return {m_config.tile, m_config.tile}; }

  private:
    /// With the longest edge as wanted; the aspect stays, but for rounding.
    Size scaled(Size picture, int longestEdge) const;
    /// The next size of whole tiles.
    Size stretched(Size scaled) const;

    Idefics3ProcessorConfig m_config;
};

}  // namespace fusionscope::image
