#include "core/fusion/depth_breadth.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "core/files/error.h"

namespace fusionscope::fusion {

namespace {

Tensor ablated(const Tensor& block, Ablation ablation) {
    switch (ablation) {
        case Ablation::Zero:
            return at::zeros_like(block);
        case Ablation::Mean:
            return block.mean(1, true).expand_as(block);
        case Ablation::None:
            break;
    }
    return block;
}

}  // namespace

const Tensor& FeatureBlocks::operator[](Block block) const {
    switch (block) {
        case Block::Caption:
            return caption;
        case Block::Ocr:
            return ocr;
        case Block::Grounding:
            return grounding;
        case Block::V:
            break;
    }
    return image;
}

Tensor fuse(const FeatureBlocks& blocks, const FusionOptions& options) {
    if (options.order.empty()) throw Error("no feature block is selected", "fusion options");
    std::vector<Tensor> parts;
    for (const Block block : options.order) {
        const bool hit = std::find(options.ablated.begin(), options.ablated.end(), block) != options.ablated.end();
        parts.push_back(hit ? ablated(blocks[block], options.ablation) : blocks[block]);
    }
    switch (options.kind) {
        case FusionKind::Tokens:
            return at::cat(parts, 1);
        case FusionKind::Average:
            return at::stack(parts).mean(0);
        case FusionKind::Channels:
            break;
    }
    return at::cat(parts, 2);
}

}  // namespace fusionscope::fusion
