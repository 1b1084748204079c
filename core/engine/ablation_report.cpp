#include <nlohmann/json.hpp>

#include "core/engine/ablation.h"
#include "core/engine/csv.h"
#include "core/engine/provenance.h"
#include "core/models/stored_options.h"
#include "core/engine/version.h"
#include "core/files/error.h"
#include "core/fusion/fusion_names.h"

namespace fusionscope::engine {

namespace {

using nlohmann::json;

json blocksJson(const std::vector<fusion::Block>& blocks) {
    json list = json::array();
    for (const auto block : blocks) list.push_back(fusion::name(block));
    return list;
}

json regionsJson(const std::vector<image::Box>& regions) {
    json list = json::array();
    for (const auto& region : regions) list.push_back({region.x0, region.y0, region.x1 - region.x0, region.y1 - region.y0});
    return list;
}

json ablationJson(const Ablation& ablation) {
    json object = {{"blocks", blocksJson(ablation.blocks)},
                   {"patches", ablation.patches},
                   {"regions", regionsJson(ablation.regions)},
                   {"fill", name(ablation.fill)}};
    if (ablation.channels) object["channels"] = {ablation.channels->first, ablation.channels->second};
    if (ablation.fill == AblationFill::OtherPicture) object["other_picture_sha256"] = ablation.other.hash();
    return object;
}

const char* name(WordChange::Kind kind) {
    switch (kind) {
        case WordChange::Kind::Same: return "same";
        case WordChange::Kind::Removed: return "removed";
        case WordChange::Kind::Added: return "added";
    }
    return "";
}

json wordsJson(const AblationBaseline& baseline, const AblationResult* result) {
    json list = json::array();
    for (size_t i = 0; i < baseline.words.size(); ++i) {
        const auto& word = baseline.words[i];
        double before = 0;
        for (size_t token = word.first; token < word.first + word.count; ++token) before += baseline.logProbabilities[token];
        json entry = {{"text", word.text}, {"log_probability", before}};
        if (result) {
            entry["log_probability"] = before + result->wordChanges[i];
            entry["change"] = result->wordChanges[i];
        }
        list.push_back(std::move(entry));
    }
    return list;
}

json idsJson(const Answer& answer) {
    json ids = json::array();
    for (const auto& token : answer.tokens) ids.push_back(token.id);
    return ids;
}

json resultJson(const AblationBaseline& baseline, const AblationResult& result) {
    json changes = json::array();
    for (const auto& change : result.changes) changes.push_back({{"text", change.text}, {"kind", name(change.kind)}});
    return {{"name", result.name},
            {"switched_off", ablationJson(result.ablation)},
            {"answer", result.answer.text},
            {"ids", idsJson(result.answer)},
            {"same_answer", result.sameAnswer},
            {"words_compared", std::move(changes)},
            {"log_probability", result.logProbability},
            {"change", result.change},
            {"mean_divergence", result.meanDivergence},
            {"first_divergence", result.firstDivergence},
            {"words", wordsJson(baseline, &result)},
            {"token_log_probabilities", result.logProbabilities},
            {"token_divergences", result.divergences}};
}

std::string questionOf(const ChatRequest& request) {
    std::string question;
    if (!request.messages.empty())
        for (const auto& item : request.messages.back().content) question += item.text;
    return question;
}

}  // namespace

std::string ablationJson(const AblationBaseline& baseline, const std::vector<AblationResult>& results,
                         const ModelSummary& model, const std::string& modelHash, const std::string& command) {
    const auto& picture = baseline.request.pictures.at(baseline.picture);
    json list = json::array();
    for (const auto& result : results) list.push_back(resultJson(baseline, result));
    const json object = {{"format", "fusionscope-ablation"},
                         {"version", 1},
                         {"program", concat("Fusionscope ", version())},
                         {"model", modelJson(model, modelHash)},
                         {"picture",
                          {{"sha256", picture.hash()},
                           {"width", picture.size().width},
                           {"height", picture.size().height}}},
                         {"grid", {baseline.gridRows, baseline.gridColumns}},
                         {"channels", baseline.channels},
                         {"blocks", blocksJson(baseline.blocks)},
                         {"encoding", toJson(baseline.request.encoding)},
                         {"prompt", questionOf(baseline.request)},
                         {"original",
                          {{"answer", baseline.answer.text},
                           {"ids", idsJson(baseline.answer)},
                           {"log_probability", baseline.logProbability},
                           {"words", wordsJson(baseline, nullptr)},
                           {"token_log_probabilities", baseline.logProbabilities}}},
                         {"results", std::move(list)},
                         {"command", command}};
    return object.dump(1, ' ', false, json::error_handler_t::replace) + '\n';
}

std::string ablationCsv(const AblationBaseline& baseline, const std::vector<AblationResult>& results) {
    std::string text = csvLine({"switched off", "log-probability of the original answer", "change",
                                "mean divergence per token (nats)", "divergence at the first other token (nats)",
                                "same answer", "answer"});
    text += csvLine({"nothing", csvNumber(baseline.logProbability), "0", "0", "0", "yes", baseline.answer.text});
    for (const auto& result : results)
        text += csvLine({result.name, csvNumber(result.logProbability), csvNumber(result.change),
                         csvNumber(result.meanDivergence), csvNumber(result.firstDivergence),
                         result.sameAnswer ? "yes" : "no", result.answer.text});
    return text;
}

}  // namespace fusionscope::engine
