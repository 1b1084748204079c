#include "app/cli/json_forms.h"

#include <nlohmann/json.hpp>

namespace fusionscope::cli {

using nlohmann::json;

namespace {

json toJson(const engine::TokenScore& token) {
    json alternatives = json::array();
    for (const auto& other : token.alternatives)
        alternatives.push_back({{"id", other.id}, {"text", other.text}, {"log_probability", other.logProbability}});
    json object = {{"id", token.id}, {"text", token.text}, {"log_probability", token.logProbability}};
    if (!alternatives.empty()) object["alternatives"] = std::move(alternatives);
    return object;
}

json toJson(const engine::AnswerStatistics& statistics) {
    return {{"picture_seconds", statistics.pictureSeconds},
            {"encode_seconds", statistics.encodeSeconds},
            {"prefill_seconds", statistics.prefillSeconds},
            {"generate_seconds", statistics.generateSeconds},
            {"first_token_seconds", statistics.firstTokenSeconds},
            {"prompt_tokens", statistics.promptTokens},
            {"reused_tokens", statistics.reusedTokens},
            {"visual_tokens", statistics.visualTokens},
            {"encoded_pictures", statistics.encodedPictures},
            {"reused_pictures", statistics.reusedPictures},
            {"proposed_tokens", statistics.proposedTokens},
            {"accepted_tokens", statistics.acceptedTokens}};
}

}  // namespace

const char* name(engine::StopReason reason) {
    switch (reason) {
        case engine::StopReason::EndToken: return "end_token";
        case engine::StopReason::StopString: return "stop_string";
        case engine::StopReason::Length: return "length";
        case engine::StopReason::Stopped: return "stopped";
    }
    return "";
}

json toJson(const engine::ModelSummary& summary) {
    return {{"family", summary.family},
            {"folder", summary.folder},
            {"parameters", summary.parameters},
            {"precision", summary.precision},
            {"device", summary.device},
            {"device_reason", summary.deviceReason},
            {"weight_bytes", summary.weightBytes},
            {"load_seconds", summary.loadSeconds},
            {"template", summary.chatTemplate},
            {"context_tokens", summary.contextTokens},
            {"remarks", summary.remarks}};
}

json toJson(const engine::Answer& answer) {
    json ids = json::array(), logProbabilities = json::array(), tokens = json::array();
    for (const auto& token : answer.tokens) {
        ids.push_back(token.id);
        logProbabilities.push_back(token.logProbability);
        tokens.push_back(toJson(token));
    }
    return {{"text", answer.text},
            {"prompt_ids", answer.promptIds},
            {"ids", std::move(ids)},
            {"log_probabilities", std::move(logProbabilities)},
            {"tokens", std::move(tokens)},
            {"stop_reason", name(answer.reason)},
            {"timings", toJson(answer.statistics)}};
}

json toJson(const engine::TaskAnswer& answer) {
    return {{"answer", answer.answer->json()},
            {"text", answer.generatedText},
            {"prompt_ids", answer.promptIds},
            {"ids", answer.ids},
            {"score", answer.score},
            {"timings", {{"encode_seconds", answer.encodeSeconds}, {"generate_seconds", answer.generateSeconds}}}};
}

json toJson(const engine::FolderReport& report) {
    json files = json::array(), findings = json::array();
    for (const auto& [name, size] : report.files) files.push_back({{"name", name}, {"bytes", size}});
    for (const auto& finding : report.findings)
        findings.push_back({{"weight", engine::name(finding.weight)}, {"text", finding.text}});
    return {{"family", report.family},
            {"parameters", report.parameters},
            {"tensors", report.tensors},
            {"bytes_by_type", report.bytesByType},
            {"memory_needed", report.memoryNeeded},
            {"files", std::move(files)},
            {"findings", std::move(findings)},
            {"loadable", report.loadable}};
}

}  // namespace fusionscope::cli
