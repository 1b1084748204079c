#include "core/engine/frame_scores.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/engine/alignment.h"
#include "core/engine/csv.h"
#include "core/engine/model_parts.h"
#include "core/engine/word_matching.h"
#include "core/files/error.h"

namespace fusionscope::engine {

namespace {

double most(const inspect::ScalarMap& map) { return *std::ranges::max_element(map.values); }

/// One more frame of a curve: a map, and its highest value.
void add(ScoreCurve& curve, inspect::ScalarMap map) {
    curve.values.push_back(most(map));
    curve.maps.push_back(std::move(map));
}

class FrameJudge {
  public:
    FrameJudge(Model& model, const VideoFrames& video, const models::EncodeOptions& encoding, const Control& control)
        : m_model(model), m_video(video), m_encoding(encoding), m_control(control) {}

    void measure(const FrameScore& score, std::vector<ScoreCurve>& curves) {
        switch (score.kind) {
            case FrameScore::Kind::Patch: curves.push_back(likeness(score)); break;
            case FrameScore::Kind::Words: addWords(score, curves); break;
            case FrameScore::Kind::Agreement: addAgreement(score, curves); break;
            case FrameScore::Kind::Answer: curves.push_back(answer(score)); break;
        }
    }

  private:
    const std::vector<PictureHandle>& frames() const { return m_video.frames; }

    void checkpoint(size_t frame, const char* task) const {
        if (m_control.stop.stop_requested()) throw Stopped();
        m_control.report(concat(task, ", frame ", frame + 1, " of ", frames().size()),
                         static_cast<double>(frame) / static_cast<double>(frames().size()));
    }
    Control quiet() const { return {m_control.stop, {}}; }
    PictureMeaning meaning(size_t frame, const char* task) {
        checkpoint(frame, task);
        return meaningOf(m_model, frames()[frame], m_encoding, image::PictureUse::Frame, quiet());
    }

    at::Tensor mapOf(const FrameScore& score, size_t frame) {
        constexpr const char* task = "Comparing with a patch";
        if (score.activation.empty()) return meaning(frame, task).maps.back();
        checkpoint(frame, task);
        const auto maps = m_model.featureMaps({score.activation}, frames()[frame], score.question, m_encoding, quiet(),
                                              image::PictureUse::Frame);
        if (maps.size() != 1)
            throw Error("is no map of this model", score.activation, "Name one, such as tower/siglip/layer3.");
        return at::tensor(maps.front().data).view({maps.front().rows, maps.front().columns, maps.front().channels});
    }

    ScoreCurve likeness(const FrameScore& score) {
        if (score.frame >= frames().size())
            throw Error(concat("there is no frame ", score.frame, " among ", frames().size()), "score",
                        concat("Give a number from 0 to ", frames().size() - 1, "."));
        const auto chosen = mapOf(score, score.frame);
        const auto along = [](double share, int64_t count) {
            return std::clamp<int64_t>(static_cast<int64_t>(share * static_cast<double>(count)), 0, count - 1);
        };
        const auto patch = chosen[along(score.y, chosen.size(0))][along(score.x, chosen.size(1))].clone();
        ScoreCurve curve{concat("patch at ", csvNumber(score.x), " ", csvNumber(score.y), " of frame ", score.frame), "cosine", {}, {}};
        if (!score.activation.empty()) curve.name += concat(", ", score.activation);
        for (size_t i = 0; i < frames().size(); ++i)
            add(curve, cosines(i == score.frame ? chosen : mapOf(score, i), patch));
        return curve;
    }

    void addWords(const FrameScore& score, std::vector<ScoreCurve>& curves) {
        const auto text = meaningOf(m_model, score.text, score.layer, m_control);
        const auto first = curves.size();
        for (const auto& word : text.words) curves.push_back({word.text, "cosine", {}, {}});
        for (size_t frame = 0; frame < frames().size(); ++frame) {
            const auto seen = meaning(frame, "Comparing with words");
            for (size_t i = 0; i < text.states.size(); ++i) add(curves[first + i], cosines(seen.maps.back(), text.states[i]));
        }
    }

    void addAgreement(const FrameScore& score, std::vector<ScoreCurve>& curves) {
        const auto text = meaningOf(m_model, score.text, score.layer, m_control);
        const auto first = curves.size();
        for (size_t frame = 0; frame < frames().size(); ++frame) {
            const auto seen = meaning(frame, "Comparing with a text");
            for (size_t i = 0; i < seen.means.size(); ++i) {
                const auto& [name, mean] = seen.means[i];
                if (frame == 0) curves.push_back({concat("agreement of ", name, ": ", score.text), "cosine", {}, {}});
                curves[first + i].values.push_back(cosine(mean, text.whole));
            }
        }
    }

    ScoreCurve answer(const FrameScore& score) {
        const auto ids = m_model.tokenizer().encode(score.text, {.addSpecial = false, .parseSpecial = false});
        if (ids.empty()) throw Error("the answer is empty", "score", "Give the words whose probability is wanted.");
        ScoreCurve curve{concat("answer: ", score.text), "log-probability", {}, {}};
        for (size_t frame = 0; frame < frames().size(); ++frame) {
            checkpoint(frame, "Scoring the answer");
            ChatRequest request;
            request.messages = {{text::Role::User, {text::ContentItem::video(), text::ContentItem::ofText(score.question)}}};
            request.encoding = m_encoding;
            request.videos = {{{frames()[frame]}, {{m_video.times.seconds[frame]}, m_video.times.duration}}};
            const auto all = m_model.score(request, ids, quiet());
            curve.values.push_back(std::accumulate(all.begin(), all.end(), 0.0));
        }
        return curve;
    }

    Model& m_model;
    const VideoFrames& m_video;
    const models::EncodeOptions& m_encoding;
    const Control& m_control;
};

}  // namespace

FrameScores scoreFrames(Model& model, const VideoFrames& video, const std::vector<FrameScore>& scores,
                        const models::EncodeOptions& encoding, const Control& control) {
    const c10::InferenceMode inference;
    if (video.frames.empty()) throw Error("there are no frames", "score", "Choose some.");
    if (scores.empty()) throw Error("there is nothing to measure", "score", "Name a word, an answer or a place.");
    if (video.times.seconds.size() != video.frames.size())
        throw Error(concat("there are ", video.frames.size(), " frames and ", video.times.seconds.size(), " times"), "score");
    FrameScores result;
    result.times = video.times;
    FrameJudge judge(model, video, encoding, control);
    for (const auto& score : scores) judge.measure(score, result.curves);
    return result;
}

std::string framesCsv(const FrameScores& scores) {
    std::vector<std::string> fields = {"frame", "seconds"};
    for (const auto& curve : scores.curves) fields.push_back(concat(curve.name, " (", curve.unit, ")"));
    std::string text = csvLine(fields);
    for (size_t frame = 0; frame < scores.times.seconds.size(); ++frame) {
        fields = {std::to_string(frame), csvNumber(std::round(scores.times.seconds[frame] * 1e6) / 1e6)};
        for (const auto& curve : scores.curves) fields.push_back(csvNumber(curve.values.at(frame)));
        text += csvLine(fields);
    }
    return text;
}

}  // namespace fusionscope::engine
