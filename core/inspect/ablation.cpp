#include "core/inspect/ablation.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "core/files/error.h"
#include "core/fusion/fusion_names.h"

namespace fusionscope::inspect {

namespace {

using at::Tensor;
using fusion::Block;
using fusion::FeatureBlocks;

template <class Make>
FeatureBlocks forEach(const FeatureBlocks& blocks, Make make) {
    return {make(Block::V, blocks.image), make(Block::Caption, blocks.caption), make(Block::Ocr, blocks.ocr),
            make(Block::Grounding, blocks.grounding)};
}

void requireInside(int64_t index, int64_t count, const char* what) {
    if (index < 0 || index >= count)
        throw Error(concat("there is no ", what, " ", index), "ablation", concat("They run from 0 to ", count - 1, "."));
}

Tensor replaced(const Tensor& block, const Tensor& other, const FeatureSelection& selection) {
    Tensor result = block.clone();  // [pictures, tokens, channels]
    Tensor target = result, source = other;
    if (selection.channels) {
        const auto [first, last] = *selection.channels;
        requireInside(first, block.size(2), "channel");
        requireInside(last, block.size(2), "channel");
        if (last < first)
            throw Error(concat("the channels ", first, " to ", last, " run backwards"), "ablation");
        target = target.narrow(2, first, last - first + 1);
        source = source.narrow(2, first, last - first + 1);
    }
    if (!selection.tokens) {
        target.copy_(source);
        return result;
    }
    for (const auto token : *selection.tokens) {
        requireInside(token, block.size(1), "patch");
        target.select(1, token).copy_(source.select(1, token));
    }
    return result;
}

}  // namespace

FeatureBlocks zerosLike(const FeatureBlocks& blocks) {
    return forEach(blocks, [](Block, const Tensor& block) { return at::zeros_like(block); });
}

FeatureBlocks meansOf(const FeatureBlocks& blocks, int64_t firstPatch) {
    return forEach(blocks, [firstPatch](Block, const Tensor& block) {
        return block.narrow(1, firstPatch, block.size(1) - firstPatch).mean(1, true).expand_as(block);
    });
}

FeatureBlocks replaceSelected(const FeatureBlocks& blocks, const FeatureBlocks& others,
                              const FeatureSelection& selection) {
    return forEach(blocks, [&](Block name, const Tensor& block) {
        if (std::ranges::find(selection.blocks, name) == selection.blocks.end()) return block;
        if (others[name].sizes() != block.sizes())
            throw Error(concat("the features to put in have the shape ", others[name].sizes(), ", expected ", block.sizes()),
                        concat("ablation of ", fusion::name(name)));
        return replaced(block, others[name], selection);
    });
}

}  // namespace fusionscope::inspect
