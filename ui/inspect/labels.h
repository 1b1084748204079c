#pragma once

#include <QString>

#include "core/engine/ablation.h"
#include "core/engine/atlas.h"
#include "core/engine/request.h"
#include "core/engine/results.h"
#include "ui/inspect/map_artist.h"

/// How the inspector's pages call things, for a person.
namespace fusionscope::ui {

/// Whether its features are blocks that are fused: what alignment, ablation and maps of words take apart.
bool fusesBlocks(const engine::ModelSummary& summary);
/// What the latest question of a conversation says.
QString questionOf(const engine::ChatRequest& request);
/// "image", "OCR", or the name of the person's own prompt; and what it is about in a few words.
QString rowTitle(const std::string& row);
/// @param example an activation of the row
QString rowDetail(const models::ActivationInfo& example, const std::vector<std::string>& extraPrompts);
/// "stage 1", "enc 4", "V′"
QString columnTitle(const models::ActivationInfo& activation);
/// "OCR · V′"
QString cellTitle(const models::ActivationInfo& activation);
/// "V", "caption": a part of the fused feature.
QString blockTitle(fusion::Block block);
/// What is switched off: "OCR", "V, caption · 12 patches · channels 0–63". engine::describe() says it in English.
QString partTitle(const engine::Ablation& ablation);
QString kindTitle(engine::MapKind kind);
/// What a map's numbers are: "cosine similarity". Empty for colours and classes.
QString quantityOf(engine::MapKind kind);
/// Where in the fused feature an activation goes: "fusion/concat channels 512–767".
QString reachText(const models::ActivationInfo& activation, const FeatureSet& set);
/// The value of a drawn map at a patch: "0.83", "cluster 2", "0.40 · 0.12 · 0.07".
QString valueText(const DrawnMap& map, int row, int column);

}  // namespace fusionscope::ui
