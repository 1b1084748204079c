#include "ui/inspect/labels.h"

#include <QCoreApplication>
#include <algorithm>

#include "core/files/error.h"
#include "core/fusion/fusion_names.h"
#include "ui/plot/numbers.h"

namespace fusionscope::ui {

namespace {

using engine::MapKind;

struct Labels {
    Q_DECLARE_TR_FUNCTIONS(Labels)
};

/// The number behind a word, counted from 1: "stage0" gives 1. 0 when there is none.
int numberIn(const std::string& column, const char* word) {
    const std::string prefix(word);
    if (!column.starts_with(prefix) || column.size() == prefix.size()) return 0;
    bool isNumber = false;
    const int number = QString::fromStdString(column.substr(prefix.size())).toInt(&isNumber);
    return isNumber ? number + 1 : 0;
}

bool isSiglip(const models::ActivationInfo& activation) { return activation.name.starts_with("tower/siglip/"); }

size_t indexOf(int columns, int row, int column) {
    return static_cast<size_t>(row) * static_cast<size_t>(columns) + static_cast<size_t>(column);
}

}  // namespace

bool fusesBlocks(const engine::ModelSummary& summary) { return summary.fuses; }

QString questionOf(const engine::ChatRequest& request) {
    const auto& messages = request.messages;
    const auto asked = std::find_if(messages.rbegin(), messages.rend(),
                                    [](const text::Message& message) { return message.role == text::Role::User; });
    if (asked == messages.rend()) return {};
    std::string words;
    for (const auto& item : asked->content)
        if (item.kind == text::ContentItem::Kind::Text) words += item.text;
    return QString::fromStdString(words);
}

QString rowTitle(const std::string& row) {
    if (row == "image") return Labels::tr("image");
    if (row == "caption") return Labels::tr("caption");
    if (row == "ocr") return Labels::tr("OCR");
    if (row == "grounding") return Labels::tr("grounding");
    if (row == "fused") return Labels::tr("fused");
    if (row == "language") return Labels::tr("language");
    if (row == "tiles") return Labels::tr("tiles");
    if (row == "language, tiles") return Labels::tr("language, tiles");
    return QString::fromStdString(row);
}

QString rowDetail(const models::ActivationInfo& example, const std::vector<std::string>& extraPrompts) {
    const auto& row = example.row;
    for (const auto& prompt : extraPrompts)
        if (prompt.starts_with(row + "=")) return QString::fromStdString(prompt.substr(row.size() + 1));
    if (row == "image" && example.name.starts_with("fusion/")) return Labels::tr("for the language model");
    if (row == "image") return isSiglip(example) ? QStringLiteral("SigLIP") : QStringLiteral("DaViT");
    if (row.ends_with("tiles")) return Labels::tr("joined in their places");
    if (row == "caption") return Labels::tr("describe in detail");
    if (row == "ocr") return Labels::tr("text with regions");
    if (row == "grounding") return Labels::tr("regions and labels");
    if (row == "fused") return Labels::tr("depth and breadth");
    if (row == "language") return Labels::tr("with the question");
    return {};
}

QString columnTitle(const models::ActivationInfo& activation) {
    const auto& column = activation.column;
    if (const int stage = numberIn(column, "stage")) return Labels::tr("stage %1").arg(stage);
    if (const int layer = numberIn(column, "layer")) {
        if (activation.name.starts_with("llm/")) return Labels::tr("layer %1").arg(layer);
        if (activation.name.starts_with("fusion/")) return Labels::tr("proj %1").arg(layer);
        return isSiglip(activation) ? Labels::tr("layer %1").arg(layer) : Labels::tr("enc %1").arg(layer);
    }
    if (column == "V'") return QStringLiteral("V′");
    return QString::fromStdString(column);
}

QString cellTitle(const models::ActivationInfo& activation) {
    return rowTitle(activation.row) + QStringLiteral(" · ") + columnTitle(activation);
}

QString blockTitle(fusion::Block block) {
    return block == fusion::Block::V ? QStringLiteral("V") : rowTitle(fusion::name(block));
}

QString partTitle(const engine::Ablation& ablation) {
    if (ablation.empty()) return Labels::tr("nothing");
    QStringList blocks;
    for (const auto block : ablation.blocks) blocks.append(blockTitle(block));
    QStringList parts{blocks.isEmpty() ? Labels::tr("all blocks") : blocks.join(QStringLiteral(", "))};
    const auto patches = static_cast<int>(ablation.patches.size()), regions = static_cast<int>(ablation.regions.size());
    if (patches > 0) parts.append(Labels::tr("%n patch(es)", nullptr, patches));
    if (regions > 0) parts.append(Labels::tr("%n region(s)", nullptr, regions));
    if (const auto& channels = ablation.channels)
        parts.append(Labels::tr("channels %1–%2").arg(channels->first).arg(channels->second));
    if (ablation.fill == engine::AblationFill::Mean) parts.append(Labels::tr("mean"));
    if (ablation.fill == engine::AblationFill::OtherPicture) parts.append(Labels::tr("other picture"));
    return parts.join(QStringLiteral(" · "));
}

QString kindTitle(MapKind kind) {
    switch (kind) {
        case MapKind::Pca: return Labels::tr("PCA colours");
        case MapKind::Foreground: return Labels::tr("PCA of the foreground");
        case MapKind::Similarity: return Labels::tr("Similarity to patches");
        case MapKind::Norm: return Labels::tr("Norm");
        case MapKind::Channel: return Labels::tr("One channel");
        case MapKind::Cluster: return Labels::tr("Clusters");
    }
    return {};
}

QString quantityOf(MapKind kind) {
    switch (kind) {
        case MapKind::Similarity: return Labels::tr("cosine similarity");
        case MapKind::Norm: return Labels::tr("L2 norm");
        case MapKind::Channel: return Labels::tr("activation");
        default: return {};
    }
}

QString reachText(const models::ActivationInfo& activation, const FeatureSet& set) {
    if (!activation.reachesLanguageModel) return Labels::tr("only shown");
    const auto& fused = set.encoding.fusion;
    const auto found = std::ranges::find_if(fused.order, [&](fusion::Block block) {
        return activation.name == (block == fusion::Block::V ? std::string("tower/image")
                                                             : concat("tower/encoder/", fusion::name(block), "/image"));
    });
    if (found == fused.order.end() || activation.shape.size() < 3 || fused.kind != fusion::FusionKind::Channels)
        return Labels::tr("the language model");
    const auto first = (found - fused.order.begin()) * activation.shape[2];
    return Labels::tr("fusion/concat channels %1–%2").arg(first).arg(first + activation.shape[2] - 1);
}

QString valueText(const DrawnMap& map, int row, int column) {
    if (const auto* scalar = std::get_if<inspect::ScalarMap>(&map.drawing))
        return plot::formatted(static_cast<double>(scalar->values[indexOf(scalar->columns, row, column)]), 3);
    if (const auto* labels = std::get_if<inspect::LabelMap>(&map.drawing))
        return Labels::tr("cluster %1").arg(labels->labels[indexOf(labels->columns, row, column)] + 1);
    const auto& colours = std::get<inspect::ColourMap>(map.drawing);
    QStringList parts;
    for (size_t c = 0; c < 3; ++c)
        parts += plot::formatted(static_cast<double>(colours.values[3 * indexOf(colours.columns, row, column) + c]), 2);
    return parts.join(QStringLiteral(" · "));
}

}  // namespace fusionscope::ui
