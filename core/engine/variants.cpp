#include "core/engine/variants.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/files/error.h"
#include "core/fusion/fusion_names.h"

namespace fusionscope::engine {

namespace {

using fusion::Block;

constexpr const char* question = "Describe this picture in one sentence.";

/// A caption as the model would have to write it.
struct Target {
    ChatRequest request;
    std::vector<int64_t> ids;
};

std::vector<Target> targetsOf(const Model& model, const std::vector<CaptionedPicture>& pictures, size_t count) {
    std::vector<Target> targets;
    for (size_t i = 0; i < count; ++i) {
        Target target;
        target.request.messages = {
            {text::Role::User, {text::ContentItem::image(), text::ContentItem::ofText(question)}}};
        target.request.pictures = {PictureHandle::read(pictures[i].picture.string())};
        target.ids = model.tokenizer().encode(pictures[i].caption, {.addSpecial = false, .parseSpecial = false});
        if (target.ids.empty()) throw Error("has an empty caption", pictures[i].picture.string());
        targets.push_back(std::move(target));
    }
    return targets;
}

std::vector<models::EncodeOptions> combinations(const models::EncodeOptions& base) {
    std::vector<models::EncodeOptions> all;
    for (const auto pooled : {fusion::PooledToken::CutAtEnd, fusion::PooledToken::Kept, fusion::PooledToken::CutBeforeEncoder}) {
        for (const bool masked : {false, true}) {
            std::vector<Block> breadth = {Block::Caption, Block::Ocr, Block::Grounding};
            do {
                auto options = base;
                options.fusion.pooledToken = pooled;
                options.fusion.maskPromptPadding = masked;
                options.fusion.order = {Block::V, breadth[0], breadth[1], breadth[2]};
                all.push_back(std::move(options));
            } while (std::ranges::next_permutation(breadth).found);
        }
    }
    return all;
}

std::string nameOf(const fusion::FusionOptions& options) {
    return concat("pooled token ", fusion::name(options.pooledToken), ", prompt padding ",
                  options.maskPromptPadding ? "masked" : "seen", ", ", fusion::namesOf(options.order));
}

/// Mean over all tokens, and the standard error of the pictures' means.
void summarize(VariantScore& score, const std::vector<std::vector<double>>& tokens) {
    double sum = 0, count = 0;
    std::vector<double> means;
    for (const auto& one : tokens) {
        const double total = std::accumulate(one.begin(), one.end(), 0.0);
        means.push_back(total / static_cast<double>(one.size()));
        sum += total;
        count += static_cast<double>(one.size());
    }
    score.meanLogLikelihood = sum / count;
    const auto n = static_cast<double>(means.size());
    if (n < 2) return;
    const double mean = std::accumulate(means.begin(), means.end(), 0.0) / n;
    double squares = 0;
    for (const double value : means) squares += (value - mean) * (value - mean);
    score.standardError = std::sqrt(squares / (n - 1) / n);
}

}  // namespace

std::vector<VariantScore> scoreVariants(Model& model, const std::vector<CaptionedPicture>& pictures, size_t most,
                                        const Control& control) {
    if (pictures.empty()) throw Error("there are no captioned pictures", "request");
    auto targets = targetsOf(model, pictures, most == 0 ? pictures.size() : std::min(most, pictures.size()));
    const auto all = combinations(model.encodeOptions());
    std::vector<VariantScore> scores;
    for (const auto& options : all) {
        VariantScore score{nameOf(options.fusion), options, model.visualTokens(options), 0, 0};
        std::vector<std::vector<double>> tokens;
        for (auto& target : targets) {
            control.report(score.name, (static_cast<double>(scores.size()) +
                                        static_cast<double>(tokens.size()) / static_cast<double>(targets.size())) /
                                           static_cast<double>(all.size()));
            target.request.encoding = options;
            tokens.push_back(model.score(target.request, target.ids, {control.stop, {}}));
        }
        summarize(score, tokens);
        scores.push_back(std::move(score));
    }
    std::ranges::stable_sort(scores, std::greater(), &VariantScore::meanLogLikelihood);
    return scores;
}

}  // namespace fusionscope::engine
