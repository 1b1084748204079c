#include "core/fusion/fusion_names.h"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "core/files/error.h"

namespace fusionscope::fusion {

namespace {

template <class Value>
using Named = std::pair<const char*, Value>;

// A name that comes first is the one that is written.
constexpr std::array pooledTokens = {
    Named<PooledToken>{"kept", PooledToken::Kept},
    Named<PooledToken>{"cut-at-end", PooledToken::CutAtEnd},
    Named<PooledToken>{"cut-before-encoder", PooledToken::CutBeforeEncoder},
    Named<PooledToken>{"A", PooledToken::Kept},
    Named<PooledToken>{"B", PooledToken::CutAtEnd},
    Named<PooledToken>{"C", PooledToken::CutBeforeEncoder},
};
constexpr std::array fusionKinds = {
    Named<FusionKind>{"channels", FusionKind::Channels},
    Named<FusionKind>{"tokens", FusionKind::Tokens},
    Named<FusionKind>{"average", FusionKind::Average},
};
constexpr std::array blockNames = {
    Named<Block>{"V", Block::V},
    Named<Block>{"caption", Block::Caption},
    Named<Block>{"ocr", Block::Ocr},
    Named<Block>{"grounding", Block::Grounding},
};
constexpr std::array ablations = {
    Named<Ablation>{"none", Ablation::None},
    Named<Ablation>{"zero", Ablation::Zero},
    Named<Ablation>{"mean", Ablation::Mean},
};

template <class Value>
const char* nameIn(std::span<const Named<Value>> table, Value value) {
    return std::ranges::find(table, value, &Named<Value>::second)->first;
}

template <class Value>
Value valueIn(std::span<const Named<Value>> table, const std::string& text, const char* what) {
    for (const auto& [known, value] : table)
        if (text == known) return value;
    std::string all;
    for (const auto& [known, value] : table) all.append(all.empty() ? "" : ", ").append(known);
    throw Error(concat("\"", text, "\" is no ", what), {}, concat("Known: ", all, "."));
}

}  // namespace

const char* name(PooledToken value) { return nameIn<PooledToken>(pooledTokens, value); }
const char* name(FusionKind value) { return nameIn<FusionKind>(fusionKinds, value); }
const char* name(Block value) { return nameIn<Block>(blockNames, value); }
const char* name(Ablation value) { return nameIn<Ablation>(ablations, value); }

PooledToken pooledTokenNamed(const std::string& text) {
    return valueIn<PooledToken>(pooledTokens, text, "rule for the pooled token");
}
FusionKind fusionKindNamed(const std::string& text) { return valueIn<FusionKind>(fusionKinds, text, "kind of fusion"); }
Block blockNamed(const std::string& text) { return valueIn<Block>(blockNames, text, "block of the fused feature"); }
Ablation ablationNamed(const std::string& text) { return valueIn<Ablation>(ablations, text, "kind of ablation"); }

std::string namesOf(const std::vector<Block>& blocks) {
    std::string names;
    for (const Block block : blocks) names.append(names.empty() ? "" : ",").append(name(block));
    return names;
}

std::vector<Block> blocksNamed(const std::string& commaSeparated) {
    std::vector<Block> blocks;
    for (size_t begin = 0; begin <= commaSeparated.size();) {
        const size_t end = std::min(commaSeparated.find(',', begin), commaSeparated.size());
        const Block block = blockNamed(commaSeparated.substr(begin, end - begin));
        if (std::ranges::find(blocks, block) != blocks.end())
            throw Error(concat("the block ", name(block), " is named twice in \"", commaSeparated, "\""), {});
        blocks.push_back(block);
        begin = end + 1;
    }
    return blocks;
}

}  // namespace fusionscope::fusion
