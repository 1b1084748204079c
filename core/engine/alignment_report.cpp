#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <system_error>

#include "core/engine/alignment_state.h"
#include "core/engine/csv.h"
#include "core/engine/provenance.h"
#include "core/models/stored_options.h"
#include "core/engine/version.h"
#include "core/files/error.h"
#include "core/files/npy.h"
#include "core/files/output_file.h"
#include "core/fusion/fusion_names.h"

namespace fusionscope::engine {

namespace {

using nlohmann::json;

json bandJson(const AlignmentCurve::Band& band) { return {{"mean", band.mean}, {"deviation", band.deviation}}; }

json bandsJson(const std::vector<std::vector<double>>& lists) {
    json means = json::array(), deviations = json::array();
    for (const auto& band : bandOver(lists)) {
        means.push_back(band.mean);
        deviations.push_back(band.deviation);
    }
    return {{"seeds", lists}, {"mean", std::move(means)}, {"deviation", std::move(deviations)}};
}

json partJson(const AlignmentScores& scores) {
    json blocks = json::array();
    for (const auto block : scores.part.blocks) blocks.push_back(fusion::name(block));
    json object = {{"name", scores.part.name},
                   {"blocks", std::move(blocks)},
                   {"seeds_done", scores.seedsDone},
                   {"loss_curve", bandsJson(scores.curve.losses)},
                   {"held_out_curve", bandsJson(scores.curve.heldOut)}};
    if (scores.seedsDone > 0) object["loss"] = bandJson(scores.loss);
    if (scores.seedsDone > 0 && !scores.curve.heldOut.empty()) object["held_out_loss"] = bandJson(scores.heldOutLoss);
    if (scores.scored) {
        object["linear_cka"] = scores.cka;
        object["debiased_linear_cka"] = scores.debiasedCka;
        object["mutual_neighbours"] = scores.mutualNeighbours;
    }
    return object;
}

json optionsJson(const AlignmentOptions& options) {
    return {{"steps", options.steps},
            {"batch", options.batch},
            {"seeds", options.seeds},
            {"first_seed", options.firstSeed},
            {"depth", options.depth},
            {"temperature", options.temperature},
            {"optimiser", "Adam"},
            {"learning_rate", options.learningRate},
            {"held_out_share", options.heldOutShare},
            {"points_every", options.every},
            {"encoding", toJson(options.encoding)}};
}

std::string csvOf(const AlignmentResults& results) {
    std::string text = csvLine({"part", "seed", "step", "loss", "held-out loss"});
    for (const auto& scores : results.parts)
        for (size_t seed = 0; seed < scores.curve.losses.size(); ++seed)
            for (size_t point = 0; point < scores.curve.losses[seed].size(); ++point) {
                const auto& heldOut = scores.curve.heldOut;
                text += csvLine({scores.part.name, std::to_string(results.options.firstSeed + seed),
                                 std::to_string(results.steps[point]), csvNumber(scores.curve.losses[seed][point]),
                                 heldOut.empty() ? "" : csvNumber(heldOut[seed][point])});
            }
    return text;
}

/// [seeds, points]; what a training has not come to is not a number.
void addCurves(files::NpzWriter& file, const std::string& name, const std::vector<std::vector<double>>& lists,
               size_t points) {
    if (lists.empty()) return;
    std::vector<float> values;
    for (const auto& list : lists)
        for (size_t i = 0; i < points; ++i)
            values.push_back(i < list.size() ? static_cast<float>(list[i]) : std::numeric_limits<float>::quiet_NaN());
    file.add(name, {static_cast<int64_t>(lists.size()), static_cast<int64_t>(points)}, values);
}

void addTensor(files::NpzWriter& file, const std::string& name, const at::Tensor& tensor) {
    const auto values = tensor.contiguous();
    file.add(name, values.sizes().vec(), {values.const_data_ptr<float>(), static_cast<size_t>(values.numel())});
}

std::string keyOf(std::string name) {
    std::ranges::replace(name, ' ', '_');
    return name;
}

}  // namespace

std::string alignmentJson(const AlignmentResults& results, const ModelSummary& model, const std::string& modelHash,
                          const std::string& command) {
    json parts = json::array(), pairs = json::array();
    for (const auto& scores : results.parts) parts.push_back(partJson(scores));
    for (const auto& pair : results.pairs)
        pairs.push_back({{"picture", pair.source.picture.lexically_relative(results.folder).string()},
                         {"caption", pair.source.caption},
                         {"held_out", pair.heldOut},
                         {"cosines", pair.cosines}});
    const json object = {{"format", "fusionscope-alignment"},
                         {"version", 1},
                         {"program", concat("Fusionscope ", version())},
                         {"model", modelJson(model, modelHash)},
                         {"options", optionsJson(results.options)},
                         {"training_batch", results.trainingBatch},
                         {"held_out_batch", results.heldOutBatch},
                         {"neighbours", results.neighbours},
                         {"chance", results.chance},
                         {"held_out_chance", results.heldOutChance},
                         {"steps", results.steps},
                         {"finished", results.finished},
                         {"parts", std::move(parts)},
                         {"pairs", std::move(pairs)},
                         {"command", command}};
    return object.dump(1, ' ', false, json::error_handler_t::replace) + '\n';
}

std::vector<std::pair<std::string, std::filesystem::path>> AlignmentStudy::save(const std::filesystem::path& folder,
                                                                                const ModelSummary& model,
                                                                                const std::string& modelHash,
                                                                                const std::string& command) const {
    std::error_code failure;
    std::filesystem::create_directories(folder, failure);
    if (failure) throw Error("the folder cannot be made: " + failure.message(), folder.string());
    const auto& results = m_state->results;
    const std::vector<std::pair<std::string, std::filesystem::path>> paths = {
        {"json", folder / "alignment.json"}, {"csv", folder / "alignment.csv"}, {"npz", folder / "alignment.npz"}};
    files::writeText(paths[0].second, alignmentJson(results, model, modelHash, command));
    files::writeText(paths[1].second, csvOf(results));

    files::NpzWriter arrays(paths[2].second);
    if (!m_state->vision.empty()) {
        std::vector<at::Tensor> means;
        for (const auto& picture : m_state->vision) means.push_back(picture.mean(1));
        const at::Tensor all = at::stack(means);  // [pairs, blocks, width]
        const auto& order = results.options.encoding.fusion.order;
        for (size_t i = 0; i < order.size(); ++i)
            addTensor(arrays, std::string("vision/") + fusion::name(order[i]), all.select(1, static_cast<int64_t>(i)));
        if (order.empty()) addTensor(arrays, "vision/image", all.select(1, 0));
    }
    if (!m_state->text.empty()) addTensor(arrays, "text", at::stack(m_state->text));
    const std::vector<float> steps(results.steps.begin(), results.steps.end());
    arrays.add("steps", {static_cast<int64_t>(steps.size())}, steps);
    for (const auto& scores : results.parts) {
        addCurves(arrays, "losses/" + keyOf(scores.part.name), scores.curve.losses, steps.size());
        addCurves(arrays, "held_out/" + keyOf(scores.part.name), scores.curve.heldOut, steps.size());
    }
    arrays.finish();
    return paths;
}

}  // namespace fusionscope::engine
