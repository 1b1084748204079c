#include "core/engine/variants.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

#include "core/files/error.h"
#include "core/fusion/fusion_names.h"

namespace fusionscope::engine {

namespace {

using fusion::Block;

/// A caption as the model would have to write it.
struct Target {
    ChatRequest request;
    std::vector<int64_t> ids;
};

std::vector<Target> targetsOf(const Model& model, const std::vector<CaptionedPicture>& pictures,
                              const std::string& question, size_t count) {
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

/// A combination with the mean log-likelihood of each picture's caption.
struct Measured {
    VariantScore score;
    std::vector<double> means;
};

Measured measure(Model& model, std::vector<Target>& targets, VariantScore score, const Control& control,
                 const std::function<void(size_t picture)>& report) {
    Measured measured{std::move(score), {}};
    double sum = 0, count = 0;
    for (auto& target : targets) {
        report(measured.means.size());
        target.request.encoding = measured.score.options;
        const auto tokens = model.score(target.request, target.ids, {control.stop, {}});
        const double total = std::accumulate(tokens.begin(), tokens.end(), 0.0);
        measured.means.push_back(total / static_cast<double>(tokens.size()));
        sum += total;
        count += static_cast<double>(tokens.size());
    }
    measured.score.meanLogLikelihood = sum / count;
    return measured;
}

/// Standard error of the mean difference of two lists, entry by entry.
double differenceError(const std::vector<double>& a, const std::vector<double>& b) {
    const auto n = static_cast<double>(a.size());
    if (n < 2) return 0;
    double sum = 0, squares = 0;
    for (size_t i = 0; i < a.size(); ++i) {
        sum += a[i] - b[i];
        squares += (a[i] - b[i]) * (a[i] - b[i]);
    }
    return std::sqrt(std::max(0.0, squares - sum * sum / n) / (n - 1) / n);
}

}  // namespace

std::vector<VariantScore> scoreVariants(Model& model, const std::vector<CaptionedPicture>& pictures,
                                        const std::string& question, size_t most, const Control& control) {
    if (pictures.empty()) throw Error("there are no captioned pictures", "request");
    const size_t count = most == 0 ? pictures.size() : std::min(most, pictures.size());
    auto targets = targetsOf(model, pictures, question, count);
    const auto all = combinations(model.encodeOptions());
    std::vector<Measured> measured;
    for (const auto& options : all) {
        VariantScore score{nameOf(options.fusion), options, model.visualTokens(options), 0, 0};
        measured.push_back(measure(model, targets, std::move(score), control, [&](size_t picture) {
            control.report(nameOf(options.fusion), (static_cast<double>(measured.size()) +
                                                    static_cast<double>(picture) / static_cast<double>(count)) /
                                                       static_cast<double>(all.size()));
        }));
    }
    std::ranges::stable_sort(measured, std::greater(),
                             [](const Measured& one) { return one.score.meanLogLikelihood; });
    std::vector<VariantScore> scores;
    for (auto& one : measured) {
        one.score.standardError = differenceError(measured.front().means, one.means);
        scores.push_back(one.score);
    }
    return scores;
}

}  // namespace fusionscope::engine
