#include "ui/export/page_of_atlas.h"

#include "ui/plot/map_image.h"

namespace fusionscope::exporting {

namespace {

using engine::Atlas;
using engine::MapKind;

QString titleOf(const Atlas& atlas) {
    switch (atlas.options.kind) {
        case MapKind::Pca: return QStringLiteral("PCA colours");
        case MapKind::Foreground: return QStringLiteral("PCA colours of the foreground");
        case MapKind::Similarity: return QStringLiteral("Similarity to the selection");
        case MapKind::Norm: return QStringLiteral("Length of the patch vectors");
        case MapKind::Channel: return QStringLiteral("One channel");
        case MapKind::Cluster: return QStringLiteral("Clusters");
    }
    return {};
}

plot::AtlasLegend legendOf(const Atlas& atlas) {
    const auto scale = plot::ColourScale::Viridis;
    switch (atlas.options.kind) {
        case MapKind::Pca:
        case MapKind::Foreground: {
            // Shares belong to one basis; several bases have no common ones.
            if (atlas.bases.size() != 1) return plot::ComponentKey{};
            return plot::ComponentKey{atlas.bases.front().explainedRatio};
        }
        case MapKind::Similarity: return plot::ColourBar{scale, std::nullopt, QStringLiteral("cosine similarity")};
        case MapKind::Norm: return plot::ColourBar{scale, std::nullopt, QStringLiteral("L2 norm")};
        case MapKind::Channel: return plot::ColourBar{scale, std::nullopt, QStringLiteral("activation")};
        case MapKind::Cluster: return plot::ClassKey{atlas.options.clusters, {}};
    }
    return {};
}

std::vector<QRectF> selectionOf(const Atlas& atlas) {
    std::vector<QRectF> boxes;
    for (const auto& [left, top, right, bottom] : atlas.options.selection)
        boxes.emplace_back(QPointF(left, top), QPointF(right, bottom));
    return boxes;
}

std::vector<plot::AtlasLabel> labelsOf(const std::vector<std::string>& names) {
    std::vector<plot::AtlasLabel> labels;
    for (const auto& name : names) labels.push_back({QString::fromStdString(name), {}});
    return labels;
}

QImage copyOf(const image::ImageView& view) {
    return QImage(view.data, view.size.width, view.size.height, static_cast<qsizetype>(view.rowBytes()),
                  QImage::Format_RGB888)
        .copy();
}

/// What the model sees of the whole picture, in the picture's own proportions where it was stretched.
QImage pictureOf(const image::ProcessedPicture& seen) {
    const auto image = copyOf(seen.seenOverview());
    const auto& transform = seen.transform();
    const QSizeF shape(seen.size.width * transform.scaleX, seen.size.height * transform.scaleY);
    return image.scaled(shape.scaled(image.size(), Qt::KeepAspectRatio).toSize().expandedTo({1, 1}), Qt::IgnoreAspectRatio,
                        Qt::SmoothTransformation);
}

plot::AtlasCell cellOf(const engine::AtlasCell& cell) {
    plot::AtlasCell drawn;
    drawn.row = cell.row;
    drawn.column = cell.column;
    drawn.name = QString::fromStdString(cell.activation.name);
    drawn.reachesLanguageModel = cell.activation.reachesLanguageModel;
    drawn.image = imageOf(cell);
    if (std::holds_alternative<inspect::ScalarMap>(cell.drawing)) drawn.range = cell.range;
    return drawn;
}

void addPicture(plot::AtlasPage& page, const engine::Provenance& provenance, const image::ProcessedPicture& seen) {
    page.picture = pictureOf(seen);
    page.pictureCaption = QStringLiteral("%1  %2 × %3")
                              .arg(QString::fromStdString(provenance.pictureName))
                              .arg(seen.original.width)
                              .arg(seen.original.height);
}

/// The frames as a first row, each above its maps; columns are moments.
void addFrames(plot::AtlasPage& page, const engine::VideoProvenance& video, const std::vector<image::ProcessedPicture>& seen) {
    page.columnAxis = QStringLiteral("time");
    page.rows.insert(page.rows.begin(), plot::AtlasLabel{QStringLiteral("frame"), {}});
    for (auto& cell : page.cells) ++cell.row;
    for (size_t i = 0; i < page.columns.size(); ++i) {
        plot::AtlasCell frame;
        frame.column = static_cast<int>(i);
        frame.name = QStringLiteral("frame %1").arg(i);
        frame.image = pictureOf(seen.at(i));
        page.cells.push_back(std::move(frame));
        if (const auto& change = video.changes.at(i)) page.columns[i].detail = QStringLiteral("change %1").arg(*change, 0, 'f', 2);
    }
}

/// Where a score lies in each frame, in one range of colours.
void addScore(plot::AtlasPage& page, const engine::ScoreCurve& curve) {
    const int row = static_cast<int>(page.rows.size());
    page.rows.push_back({QString::fromStdString(curve.name), QString::fromStdString(curve.unit)});
    std::vector<float> all;
    for (const auto& map : curve.maps) all.insert(all.end(), map.values.begin(), map.values.end());
    const auto range = inspect::rangeOf(all);
    for (size_t i = 0; i < curve.maps.size(); ++i) {
        plot::AtlasCell cell;
        cell.row = row;
        cell.column = static_cast<int>(i);
        cell.name = page.rows.back().title;
        cell.image = plot::toImage(curve.maps[i], plot::ColourScale::Viridis, range);
        cell.range = range;
        page.cells.push_back(std::move(cell));
    }
}

}  // namespace

QImage imageOf(const engine::AtlasCell& cell) {
    if (const auto* scalar = std::get_if<inspect::ScalarMap>(&cell.drawing))
        return plot::toImage(*scalar, plot::ColourScale::Viridis, cell.range);
    if (const auto* colours = std::get_if<inspect::ColourMap>(&cell.drawing)) return plot::toImage(*colours);
    return plot::toImage(std::get<inspect::LabelMap>(cell.drawing));
}

plot::AtlasPage pageOf(const Atlas& atlas, const engine::Provenance& provenance,
                       const std::vector<image::ProcessedPicture>& seen, const engine::FrameScores& scores) {
    plot::AtlasPage page;
    page.title = titleOf(atlas);
    page.subtitle = QString::fromStdString(provenance.prompt.empty() ? provenance.pictureName : provenance.prompt);
    page.rows = labelsOf(atlas.rows);
    page.columns = labelsOf(atlas.columns);
    for (const auto& cell : atlas.cells) page.cells.push_back(cellOf(cell));
    if (provenance.video)
        addFrames(page, *provenance.video, seen);
    else
        addPicture(page, provenance, seen.at(0));
    for (const auto& curve : scores.curves)
        if (!curve.maps.empty()) addScore(page, curve);
    page.selection = selectionOf(atlas);
    page.selectionColumn = atlas.options.selectionColumn;
    page.legend = legendOf(atlas);
    for (const auto& [name, value] : engine::recipe(atlas, provenance))
        page.recipe.push_back({QString::fromStdString(name), QString::fromStdString(value)});
    if (atlas.options.kind == MapKind::Pca || atlas.options.kind == MapKind::Foreground)
        page.note = QStringLiteral("Colours are relative to the basis: they compare only between maps that share one.");
    return page;
}

}  // namespace fusionscope::exporting
