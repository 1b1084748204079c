#include "core/world/typefaces.h"

#include <QRawFont>
#include <algorithm>

#include "core/files/error.h"

namespace fusionscope::world {

namespace {

constexpr char firstGlyph = ' ';
/// Families that no training picture uses.
constexpr std::array<std::string_view, 4> heldOutFamilies = {"Lato", "Courier Prime", "EB Garamond", "Comic Neue"};

}  // namespace

Typefaces Typefaces::load(const std::filesystem::path& folder) {
    std::error_code failure;
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator(folder, failure))
        if (entry.path().extension() == ".ttf" || entry.path().extension() == ".otf") files.push_back(entry.path());
    if (files.empty()) throw Error("there are no fonts", folder.string());
    std::sort(files.begin(), files.end());
    Typefaces faces;
    for (const auto& file : files) {
        constexpr double em = 64;
        const QRawFont font(QString::fromStdString(file.string()), em, QFont::PreferNoHinting);
        if (!font.isValid()) throw Error("this is not a font that can be read", file.string());
        Face face;
        face.family = font.familyName().toStdString();
        face.heldOut = std::any_of(heldOutFamilies.begin(), heldOutFamilies.end(), [&](std::string_view family) {
            return face.family.starts_with(family);
        });
        QString all;
        for (std::size_t i = 0; i < face.glyphs.size(); ++i) all += QChar(firstGlyph + static_cast<char>(i));
        const auto indices = font.glyphIndexesForString(all);
        const auto advances = font.advancesForGlyphIndexes(indices);
        const QTransform toUnit = QTransform::fromScale(1 / em, 1 / em);
        for (std::size_t i = 0; i + 1 < face.glyphs.size(); ++i) {
            const auto at = static_cast<qsizetype>(i);
            face.glyphs[i] = {toUnit.map(font.pathForGlyph(indices[at])), advances[at].x() / em};
        }
        face.capitalHeight = face.glyphs['H' - firstGlyph].outline.boundingRect().height();
        faces.m_faces.push_back(std::move(face));
    }
    return faces;
}

std::vector<int> Typefaces::allowed(Split split) const {
    std::vector<int> fonts;
    for (int i = 0; i < count(); ++i)
        if (isHeldOut(i) == (split == Split::Fonts)) fonts.push_back(i);
    return fonts;
}

ShapedText Typefaces::shape(int font, std::string_view text, double emSize) const {
    const Face& chosen = face(font);
    ShapedText shaped;
    const double middle = -chosen.capitalHeight * emSize / 2;
    for (const char c : text) {
        const auto& glyph = chosen.glyphs[static_cast<std::size_t>((c >= ' ' && c <= '~' ? c : '?') - firstGlyph)];
        const double width = glyph.advance * emSize;
        shaped.outline.addPath(
            QTransform(emSize, 0, 0, emSize, shaped.advance, 0).map(glyph.outline));
        shaped.letters.emplace_back(shaped.advance + width / 2, middle);
        shaped.advance += width;
    }
    shaped.outline.setFillRule(Qt::WindingFill);
    return shaped;
}

}  // namespace fusionscope::world
