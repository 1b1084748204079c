#include "ui/chat/answer_record.h"

#include <QCoreApplication>
#include <QFileInfo>
#include <QStringList>
#include <algorithm>

#include "ui/common/family_title.h"

namespace fusionscope::ui {

using nlohmann::json;

namespace {

constexpr std::pair<engine::StopReason, const char*> reasons[] = {{engine::StopReason::EndToken, "end_token"},
                                                                   {engine::StopReason::StopString, "stop_string"},
                                                                   {engine::StopReason::Length, "length"},
                                                                   {engine::StopReason::Stopped, "stopped"}};

struct AnswerRecord {
    Q_DECLARE_TR_FUNCTIONS(AnswerRecord)
};

template <class Number>
Number numberIn(const json& object, const char* field, Number otherwise, Number least, Number most) {
    if (!object.is_object() || !object.contains(field) || !object[field].is_number()) return otherwise;
    const double value = object[field].get<double>();
    if (!(value >= static_cast<double>(least))) return least;
    return value >= static_cast<double>(most) ? most : static_cast<Number>(value);
}

json toJson(const engine::AnswerStatistics& statistics, std::size_t tokens) {
    return {{"picture_seconds", statistics.pictureSeconds},   {"encode_seconds", statistics.encodeSeconds},
            {"prefill_seconds", statistics.prefillSeconds},   {"generate_seconds", statistics.generateSeconds},
            {"first_token_seconds", statistics.firstTokenSeconds}, {"prompt_tokens", statistics.promptTokens},
            {"reused_tokens", statistics.reusedTokens},       {"visual_tokens", statistics.visualTokens},
            {"encoded_pictures", statistics.encodedPictures}, {"reused_pictures", statistics.reusedPictures},
            {"proposed_tokens", statistics.proposedTokens},   {"accepted_tokens", statistics.acceptedTokens},
            {"tokens", tokens}};
}

engine::AnswerStatistics statisticsFrom(const json& object) {
    const auto seconds = [&](const char* field) { return numberIn(object, field, 0.0, 0.0, 1e9); };
    const auto count = [&](const char* field) { return numberIn<int64_t>(object, field, 0, 0, int64_t{1} << 40); };
    return {.pictureSeconds = seconds("picture_seconds"),
            .encodeSeconds = seconds("encode_seconds"),
            .prefillSeconds = seconds("prefill_seconds"),
            .generateSeconds = seconds("generate_seconds"),
            .firstTokenSeconds = seconds("first_token_seconds"),
            .promptTokens = count("prompt_tokens"),
            .reusedTokens = count("reused_tokens"),
            .visualTokens = count("visual_tokens"),
            .encodedPictures = count("encoded_pictures"),
            .reusedPictures = count("reused_pictures"),
            .proposedTokens = count("proposed_tokens"),
            .acceptedTokens = count("accepted_tokens")};
}

}  // namespace

QString titleOf(const engine::ModelSummary& summary) {
    const auto folder = QFileInfo(QString::fromStdString(summary.folder)).completeBaseName();
    const auto shown = familyTitle(QString::fromStdString(summary.family));
    return folder.contains(shown, Qt::CaseInsensitive) || shown.isEmpty() ? folder : shown + ' ' + folder;
}

QString name(engine::StopReason reason) {
    for (const auto& [value, text] : reasons)
        if (value == reason) return text;
    return {};
}

std::vector<session::Token> recordOf(const std::vector<engine::TokenScore>& tokens) {
    std::vector<session::Token> kept;
    kept.reserve(tokens.size());
    for (const auto& token : tokens) {
        session::Token one{token.id, QString::fromStdString(token.text), token.logProbability, {}};
        for (const auto& other : token.alternatives)
            one.alternatives.push_back({other.id, QString::fromStdString(other.text), other.logProbability});
        kept.push_back(std::move(one));
    }
    return kept;
}

session::TurnContent recordOf(const engine::Answer& answer, const engine::GenerationOptions& options,
                              const session::ModelName& model) {
    session::TurnContent content;
    content.role = session::Role::Assistant;
    content.text = QString::fromStdString(answer.text);
    content.stopReason = name(answer.reason);
    content.model = model;
    content.settings = toJson(options);
    content.statistics = toJson(answer.statistics, answer.tokens.size());
    return content;
}

engine::Answer answerOf(const session::Turn& turn, const std::vector<session::Token>& tokens) {
    engine::Answer answer;
    answer.text = turn.text.toStdString();
    for (const auto& token : tokens) {
        engine::TokenScore score{token.id, token.text.toStdString(), token.logProbability, {}};
        for (const auto& other : token.alternatives)
            score.alternatives.push_back({other.id, other.text.toStdString(), other.logProbability});
        answer.tokens.push_back(std::move(score));
    }
    answer.reason = engine::StopReason::Stopped;
    for (const auto& [value, text] : reasons)
        if (turn.stopReason == text) answer.reason = value;
    answer.statistics = statisticsFrom(turn.statistics);
    return answer;
}

std::vector<int64_t> idsOf(const session::Turn& turn, const std::vector<session::Token>& tokens) {
    std::vector<int64_t> ids;
    // What a stop string cut off is among the ids and not in the text.
    if (turn.state != session::TurnState::Complete || turn.stopReason == "stop_string") return ids;
    for (const auto& token : tokens) ids.push_back(token.id);
    // The end token is the template's to write.
    if (turn.stopReason == "end_token" && !ids.empty()) ids.pop_back();
    return ids;
}

json toJson(const engine::GenerationOptions& options) {
    return {{"max_new_tokens", options.maxNewTokens}, {"greedy", options.greedy},
            {"temperature", options.temperature},     {"top_k", options.topK},
            {"top_p", options.topP},                  {"min_p", options.minP},
            {"repetition_penalty", options.repetitionPenalty}, {"seed", options.seed}};
}

engine::GenerationOptions generationFrom(const json& object, engine::GenerationOptions defaults) {
    auto options = defaults;
    options.maxNewTokens = numberIn<int64_t>(object, "max_new_tokens", defaults.maxNewTokens, 1, 1'000'000);
    if (object.is_object() && object.contains("greedy") && object["greedy"].is_boolean())
        options.greedy = object["greedy"].get<bool>();
    options.temperature = numberIn(object, "temperature", defaults.temperature, 0.05, 5.0);
    options.topK = numberIn<int64_t>(object, "top_k", defaults.topK, 0, 100'000);
    options.topP = numberIn(object, "top_p", defaults.topP, 0.01, 1.0);
    options.minP = numberIn(object, "min_p", defaults.minP, 0.0, 0.99);
    options.repetitionPenalty = numberIn(object, "repetition_penalty", defaults.repetitionPenalty, 0.1, 5.0);
    options.seed = numberIn<uint64_t>(object, "seed", defaults.seed, 0, 2'147'483'647);
    return options;
}

QString captionOf(const session::Turn& turn) {
    QStringList parts;
    if (turn.statistics.is_object()) {
        const auto statistics = statisticsFrom(turn.statistics);
        const auto tokens = numberIn<int64_t>(turn.statistics, "tokens", 0, 0, 1'000'000'000);
        if (statistics.firstTokenSeconds > 0)
            parts += AnswerRecord::tr("%1 s to first word").arg(statistics.firstTokenSeconds, 0, 'f', 2);
        if (tokens > 1 && statistics.generateSeconds > 0)
            parts += AnswerRecord::tr("%1 tok/s").arg(static_cast<double>(tokens - 1) / statistics.generateSeconds, 0, 'f', 0);
        if (turn.stopReason == "length") parts += AnswerRecord::tr("cut at %Ln token(s)", nullptr, static_cast<int>(tokens));
    }
    if (turn.stopReason == "stopped") parts += AnswerRecord::tr("stopped");
    if (turn.state == session::TurnState::Interrupted) parts += AnswerRecord::tr("interrupted");
    return parts.join(" · ");
}

}  // namespace fusionscope::ui
