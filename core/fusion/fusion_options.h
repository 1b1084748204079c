#pragma once

#include <string>
#include <vector>

namespace fusionscope::fusion {

/// What becomes of the pooled token (row 0 of the tower's output); spec question Q1.
enum class PooledToken {
    Kept,            ///< A: n+1 visual tokens
    CutAtEnd,        ///< B: goes through the encoder, its row is cut from V and every V'
    CutBeforeEncoder ///< C: the encoder never sees it
};

/// How depth and breadth are joined (Florence-VL section 3.3). Released checkpoints use Channels.
enum class FusionKind {
    Channels,  ///< concatenated over channels: n tokens of blocks × width
    Tokens,    ///< concatenated along tokens: blocks × n tokens
    Average    ///< mean over the blocks: n tokens
};

/// One part of the fused feature: the depth feature V, or the encoder's image rows under one prompt.
enum class Block { V, Caption, Ocr, Grounding };

/// What an ablated block is replaced by.
enum class Ablation { None, Zero, Mean };

/// Run-time options of depth-breadth fusion; the defaults are those of the released checkpoints.
struct FusionOptions {
    PooledToken pooledToken = PooledToken::CutAtEnd;
    bool maskPromptPadding = false;  ///< true: the encoder does not see the prompts' padding (Q2)
    FusionKind kind = FusionKind::Channels;
    std::vector<Block> order = {Block::V, Block::Caption, Block::Ocr, Block::Grounding};  ///< Q3
    std::vector<Block> ablated;                ///< blocks replaced before the projector
    Ablation ablation = Ablation::None;

    bool operator==(const FusionOptions&) const = default;
};

}  // namespace fusionscope::fusion
