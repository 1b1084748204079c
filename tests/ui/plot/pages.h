#pragma once

#include <QString>
#include <functional>
#include <string>

#include "core/files/error.h"
#include "ui/plot/atlas_page.h"

namespace fusionscope::tests {

inline constexpr QRgb patchColour = 0xff804020;

/// A page with a map at every place; the last column reaches the language model.
inline plot::AtlasPage pageOf(int rows, int columns) {
    plot::AtlasPage page;
    page.title = QStringLiteral("Title of the page");
    page.subtitle = QStringLiteral("subtitle");
    for (int row = 0; row < rows; ++row) page.rows.push_back({QStringLiteral("row %1").arg(row), QStringLiteral("detail of it")});
    for (int column = 0; column < columns; ++column) page.columns.push_back({QStringLiteral("stage %1").arg(column), QStringLiteral("2 × 2")});
    for (int row = 0; row < rows; ++row) {
        for (int column = 0; column < columns; ++column) {
            plot::AtlasCell cell;
            cell.row = row;
            cell.column = column;
            cell.name = QStringLiteral("map/%1/%2").arg(row).arg(column);
            cell.reachesLanguageModel = column == columns - 1;
            cell.image = QImage(2, 2, QImage::Format_RGB32);
            cell.image.fill(patchColour);
            page.cells.push_back(cell);
        }
    }
    return page;
}

/// The same with everything a page can have.
inline plot::AtlasPage fullPageOf(int rows, int columns) {
    plot::AtlasPage page = pageOf(rows, columns);
    page.picture = QImage(300, 200, QImage::Format_RGB32);
    page.picture.fill(Qt::darkCyan);
    page.pictureCaption = QStringLiteral("picture.png");
    page.selection = {QRectF(0.25, 0.5, 0.25, 0.25)};
    for (plot::AtlasCell& cell : page.cells) cell.range = inspect::Range{0, 1.5F};
    page.legend = plot::ColourBar{plot::ColourScale::Viridis, inspect::Range{-0.5F, 1}, QStringLiteral("cosine similarity")};
    for (int i = 0; i < 7; ++i) page.recipe.push_back({QStringLiteral("fact %1").arg(i), QStringLiteral("value %1").arg(i)});
    page.note = QStringLiteral("a note");
    return page;
}

inline QString refusalOf(const std::function<void()>& action) {
    try {
        action();
    } catch (const Error& error) {
        return QString::fromUtf8(error.what());
    }
    return QStringLiteral("accepted");
}

}  // namespace fusionscope::tests
