#include "core/world/sprites.h"

#include <QPainter>
#include <QSvgRenderer>
#include <algorithm>
#include <array>
#include <fstream>
#include <mutex>
#include <sstream>

#include "core/files/error.h"
#include "core/files/json.h"

namespace fusionscope::world {

namespace {

constexpr int longSide = 160;
constexpr int visible = 40;  ///< alpha from which a pixel belongs to the thing
constexpr std::array<const char*, 3> styleFiles = {"noto.json", "fluent-emoji-flat.json", "twemoji.json"};

/// The rectangle of visible pixels.
QRect visibleRect(const QImage& image) {
    int left = image.width(), right = -1, top = image.height(), bottom = -1;
    for (int y = 0; y < image.height(); ++y) {
        const auto* row = reinterpret_cast<const QRgb*>(image.constScanLine(y));
        for (int x = 0; x < image.width(); ++x) {
            if (qAlpha(row[x]) < visible) continue;
            left = std::min(left, x);
            right = std::max(right, x);
            top = std::min(top, y);
            bottom = y;
        }
    }
    return {QPoint(left, top), QPoint(right, bottom)};
}

/// The convex hull of points (Andrew's monotone chain).
QPolygonF hullOf(std::vector<QPointF> points) {
    std::sort(points.begin(), points.end(),
              [](QPointF a, QPointF b) { return std::pair(a.x(), a.y()) < std::pair(b.x(), b.y()); });
    const auto turnsLeft = [](QPointF o, QPointF a, QPointF b) {
        return (a.x() - o.x()) * (b.y() - o.y()) - (a.y() - o.y()) * (b.x() - o.x()) > 0;
    };
    QPolygonF hull;
    for (int pass = 0; pass < 2; ++pass, std::reverse(points.begin(), points.end())) {
        const auto start = hull.size();
        for (const QPointF point : points) {
            while (hull.size() >= start + 2 && !turnsLeft(hull[hull.size() - 2], hull.back(), point)) hull.removeLast();
            hull.append(point);
        }
        hull.removeLast();
    }
    return hull;
}

/// The hull of the visible pixels of a trimmed drawing, in units of its long side around its middle.
QPolygonF hullOf(const QImage& image) {
    std::vector<QPointF> corners;
    for (int y = 0; y < image.height(); ++y) {
        const auto* row = reinterpret_cast<const QRgb*>(image.constScanLine(y));
        int first = 0, last = image.width() - 1;
        while (first <= last && qAlpha(row[first]) < visible) ++first;
        while (last >= first && qAlpha(row[last]) < visible) --last;
        if (first > last) continue;
        for (const int edge : {y, y + 1}) {
            corners.emplace_back(first, edge);
            corners.emplace_back(last + 1, edge);
        }
    }
    const double unit = std::max(image.width(), image.height());
    QPolygonF hull = hullOf(std::move(corners));
    for (QPointF& point : hull)
        point = {(point.x() - image.width() / 2.0) / unit, (point.y() - image.height() / 2.0) / unit};
    return hull;
}

QImage rendered(int width, int height, const std::string& body, const std::string& name) {
    const std::string svg = concat("<svg xmlns='http://www.w3.org/2000/svg' xmlns:xlink='http://www.w3.org/1999/xlink' "
                                   "viewBox='0 0 ", width, " ", height, "'>", body, "</svg>");
    QSvgRenderer renderer(QByteArray::fromStdString(svg).replace(" href=", " xlink:href="));
    if (!renderer.isValid()) throw Error("this drawing cannot be rendered", name);
    const auto paintedAt = [&](double scale) {
        QImage image(qRound(width * scale), qRound(height * scale), QImage::Format_ARGB32_Premultiplied);
        image.fill(Qt::transparent);
        QPainter painter(&image);
        renderer.render(&painter, QRectF(image.rect()));
        painter.end();
        const QRect rect = visibleRect(image);
        if (rect.isEmpty()) throw Error("this drawing is empty", name);
        return image.copy(rect);
    };
    // The first pass tells how much of the drawing is empty space.
    const double first = 64.0 / std::max(width, height);
    const QImage small = paintedAt(first);
    return paintedAt(first * longSide / std::max(small.width(), small.height()));
}

struct Tint {
    double hue, saturation, value;  ///< what the coloured parts become on average; 0 to 1
};

Tint tintOf(Colour colour) {
    const QColor pure = QColor::fromRgb(rgbOf(colour));
    return {std::max(0.0, static_cast<double>(pure.hsvHueF())), pure.hsvSaturationF(), pure.valueF()};
}

/// Calls `change` with every pixel that is at least so saturated.
template <class Change>
void forEachColoured(QImage& image, float saturation, Change change) {
    for (int y = 0; y < image.height(); ++y) {
        auto* row = reinterpret_cast<QRgb*>(image.scanLine(y));
        for (int x = 0; x < image.width(); ++x) {
            if (qAlpha(row[x]) < visible) continue;
            const QColor colour = QColor::fromRgb(row[x]);
            if (colour.hsvSaturationF() >= saturation) change(row[x], colour);
        }
    }
}

/// How far two hues in degrees are apart.
int hueDistance(int a, int b) {
    const int distance = std::abs(a - b) % 360;
    return std::min(distance, 360 - distance);
}

/// Gives the parts of a drawing in its main hue another colour; white, gray and black parts and other hues stay.
QImage recoloured(const QImage& drawing, Colour colour) {
    QImage image = drawing.convertToFormat(QImage::Format_ARGB32);
    // A drawing in pale colours counts as coloured too.
    float threshold = 0.25f;
    int pixels = 0;
    const auto count = [&] {
        pixels = 0;
        forEachColoured(image, threshold, [&](QRgb, const QColor&) { ++pixels; });
    };
    count();
    if (pixels < image.width() * image.height() / 5) {
        threshold = 0.08f;
        count();
    }
    constexpr int binWidth = 15;
    std::array<int, 360 / binWidth> histogram{};
    forEachColoured(image, threshold, [&](QRgb, const QColor& before) {
        ++histogram[static_cast<std::size_t>(std::max(0, before.hsvHue()) / binWidth)];
    });
    const int mainHue = static_cast<int>(std::max_element(histogram.begin(), histogram.end()) - histogram.begin()) * binWidth + binWidth / 2;
    const auto isMain = [&](const QColor& before) { return hueDistance(before.hsvHue(), mainHue) <= 50; };
    double value = 0, saturation = 0, changed = 0;
    forEachColoured(image, threshold, [&](QRgb, const QColor& before) {
        if (!isMain(before)) return;
        value += static_cast<double>(before.valueF());
        saturation += static_cast<double>(before.hsvSaturationF());
        ++changed;
    });
    if (changed == 0) return drawing;
    const Tint tint = tintOf(colour);
    const double valueScale = tint.value * changed / value, saturationScale = tint.saturation * changed / saturation;
    forEachColoured(image, threshold, [&](QRgb& pixel, const QColor& before) {
        if (!isMain(before)) return;
        const double s = std::min(1.0, static_cast<double>(before.hsvSaturationF()) * saturationScale);
        const double v = std::min(1.0, static_cast<double>(before.valueF()) * valueScale);
        const QRgb after = QColor::fromHsvF(static_cast<float>(tint.hue), static_cast<float>(s), static_cast<float>(v)).rgb();
        pixel = qRgba(qRed(after), qGreen(after), qBlue(after), qAlpha(pixel));
    });
    return image.convertToFormat(QImage::Format_ARGB32_Premultiplied);
}

/// A photograph without the empty space around it, no larger than a drawing. What is faint in it (shadows, a glow) goes:
/// nobody could tell where that ends.
QImage cutOut(const std::filesystem::path& file) {
    constexpr int faint = 80;
    QImage whole = QImage(QString::fromStdString(file.string())).convertToFormat(QImage::Format_ARGB32_Premultiplied);
    for (int y = 0; y < whole.height(); ++y) {
        auto* row = reinterpret_cast<QRgb*>(whole.scanLine(y));
        std::replace_if(row, row + whole.width(), [](QRgb pixel) { return qAlpha(pixel) < faint; }, QRgb{0});
    }
    const QRect rect = visibleRect(whole);
    if (rect.isEmpty()) throw Error("is no photograph", file.string(), "Run installer/photographs.");
    const QImage thing = whole.copy(rect);
    return std::max(rect.width(), rect.height()) <= longSide ? thing : thing.scaled(longSide, longSide, Qt::KeepAspectRatio, Qt::SmoothTransformation);
}

}  // namespace

Sprites Sprites::load(const std::filesystem::path& folder, const std::filesystem::path& photographs, const Nouns& nouns) {
    Sprites sprites;
    sprites.m_photographs.resize(static_cast<std::size_t>(nouns.count()));
    const auto table = photographs / "cutouts.tsv";
    std::ifstream in(table);
    std::string line;
    if (!std::getline(in, line)) throw Error("the table of photographs cannot be read", table.string(), "Run installer/photographs.");
    while (std::getline(in, line)) {
        std::istringstream fields(line);
        std::string noun, file, use;
        std::getline(fields, noun, '\t');
        std::getline(fields, file, '\t');
        std::getline(fields, use, '\t');
        const Noun* known = nouns.find(noun);
        if (!known || (use != "training" && use != "held out")) throw Error("\"" + line + "\" is not understood", table.string(), "Run installer/photographs.");
        sprites.m_photographs[static_cast<std::size_t>(known - nouns.all().data())].push_back({photographs / "cutouts" / file, use == "held out"});
    }
    for (const char* name : styleFiles) {
        const auto file = folder / name;
        const auto json = files::readJson(file);
        const files::Fields fields(json, file.string());
        const auto* drawings = fields.find("sprites");
        if (!drawings) throw Error("there are no sprites", file.string(), "Run installer/sprites.");
        auto& icons = sprites.m_icons.emplace_back();
        for (const auto& noun : nouns.all()) {
            const auto found = drawings->find(noun.name);
            if (found == drawings->end())
                throw Error("there is no drawing of " + noun.name, file.string(), "Run installer/sprites.");
            try {
                icons.push_back({found->at("size").at(0).get<int>(), found->at("size").at(1).get<int>(),
                                 found->at("body").get<std::string>()});
            } catch (const nlohmann::json::exception& error) {
                throw Error("the drawing of " + noun.name + ": " + files::jsonProblem(error), file.string(),
                            "Run installer/sprites.");
            }
        }
    }
    return sprites;
}

std::vector<int> Sprites::photographs(int noun, Split split) const {
    const auto& all = m_photographs.at(static_cast<std::size_t>(noun));
    std::vector<int> fit;
    for (std::size_t i = 0; i < all.size(); ++i)
        if (all[i].heldOut == (split == Split::Photos)) fit.push_back(static_cast<int>(i));
    return fit;
}

QImage Sprites::drawing(const Object& object) const {
    const auto noun = static_cast<std::size_t>(object.noun);
    if (object.style == Style::Photograph) return cutOut(m_photographs.at(noun).at(static_cast<std::size_t>(object.photograph)).file);
    const auto& icon = m_icons.at(static_cast<std::size_t>(object.style)).at(noun);
    const QImage image = rendered(icon.width, icon.height, icon.body, object.name);
    return object.colour == Colour::None ? image : recoloured(image, object.colour);
}

const Sprite& Sprites::sprite(const Object& object) const {
    const Key key(object.style, object.noun, object.colour, object.photograph);
    {
        const std::shared_lock lock(m_made->mutex);
        if (const auto found = m_made->sprites.find(key); found != m_made->sprites.end()) return *found->second;
    }
    const QImage image = drawing(object);
    auto made = std::make_unique<Sprite>();
    made->hull = hullOf(image);
    made->size = QSizeF(image.size()) / std::max(image.width(), image.height());
    for (QImage level = image; level.width() >= 8 && level.height() >= 8;
         level = level.scaled(level.size() / 2, Qt::IgnoreAspectRatio, Qt::SmoothTransformation))
        made->levels.push_back(level);
    if (made->levels.empty()) made->levels.push_back(image);
    const std::unique_lock lock(m_made->mutex);
    return *m_made->sprites.try_emplace(key, std::move(made)).first->second;
}

}  // namespace fusionscope::world
