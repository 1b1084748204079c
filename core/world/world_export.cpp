#include "core/world/world_export.h"

#include <QPainter>
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <span>

#include "core/files/error.h"
#include "core/files/output_file.h"
#include "core/world/captions.h"
#include "core/world/composer.h"
#include "core/world/questions.h"
#include "core/world/regions.h"

namespace fusionscope::world {

namespace {

using nlohmann::json;

double rounded(double value) { return std::round(value * 10) / 10; }

json cocoBox(const QRectF& box) {
    return {rounded(box.left()), rounded(box.top()), rounded(box.width()), rounded(box.height())};
}

json objectsOf(const Scene& scene, const Materials& materials) {
    json objects = json::array();
    for (const Object& object : scene.objects) {
        const Noun* noun = object.kind == Object::Kind::Sprite ? &materials.nouns[object.noun] : nullptr;
        json entry = {{"label", object.name}, {"category", noun ? noun->category : object.kind == Object::Kind::Shape ? "shape" : "symbol"},
                      {"bbox", cocoBox(object.box)}};
        if (object.kind == Object::Kind::Bar) entry["category"] = "chart";
        if (object.colour != Colour::None) entry["color"] = nameOf(object.colour);
        if (object.fill != Fill::Solid) entry["fill"] = nameOf(object.fill);
        if (!object.reading.empty()) entry["reading"] = object.reading;
        objects.push_back(std::move(entry));
    }
    return objects;
}

json textOf(const Scene& scene) {
    json lines = json::array();
    for (const TextLine& line : scene.lines) {
        json quad = json::array();
        for (const QPointF corner : line.quad) quad.push_back({rounded(corner.x()), rounded(corner.y())});
        lines.push_back({{"text", line.text}, {"quad", std::move(quad)}, {"bbox", cocoBox(line.box)}, {"letter_height", rounded(line.letterHeight)}});
    }
    return lines;
}

json chartOf(const Chart& chart) {
    return {{"kind", nameOf(chart.kind)}, {"title", chart.title}, {"categories", chart.categories}, {"series", chart.series}, {"values", chart.values}};
}

json conversationsOf(const Scene& scene, const Nouns& nouns) {
    json all = json::array();
    Random random(mixed(scene.seed, 7));
    Questioner questioner(scene, nouns, 1);
    for (int i = 0; i < 3; ++i) {
        json conversation = json::array();
        for (const Turn& turn : questioner.converse(random.chance(0.35) ? random.between(2, 5) : 1)) {
            conversation.push_back({{"from", "human"}, {"value", turn.question}});
            conversation.push_back({{"from", "gpt"}, {"value", turn.answer}, {"kind", nameOf(turn.kind)}, {"key", turn.key}});
        }
        all.push_back(std::move(conversation));
    }
    return all;
}

void append(files::OutputFile& file, const std::string& text) { file.append(std::as_bytes(std::span(text))); }

/// Draws words under a picture, as many lines as fit.
void writeCaption(QPainter& painter, const Typefaces& faces, const std::string& caption, QPointF at, double width, int lines) {
    constexpr double em = 12;
    const int font = faces.allowed(Split::Train).at(4);
    std::string line;
    std::size_t from = 0;
    const auto flush = [&] {
        painter.fillPath(QTransform::fromTranslate(at.x(), at.y()).map(faces.shape(font, line, em).outline), Qt::black);
        at.ry() += em * 1.25;
        line.clear();
        --lines;
    };
    while (from < caption.size() && lines > 0) {
        const auto end = std::min(caption.find(' ', from), caption.size());
        const std::string word = caption.substr(from, end - from);
        const std::string longer = line.empty() ? word : line + " " + word;
        if (!line.empty() && faces.shape(font, longer, em).advance > width) {
            flush();
            line = word;
        } else {
            line = longer;
        }
        from = end + 1;
    }
    if (lines > 0 && !line.empty()) flush();
}

}  // namespace

json labelsOf(const Scene& scene, const Materials& materials, const std::string& file) {
    json labels = {{"file", file},
                   {"width", pictureSize},
                   {"height", pictureSize},
                   {"split", nameOf(scene.split)},
                   {"family", nameOf(scene.family)},
                   {"caption", briefCaption(scene, materials.nouns)},
                   {"detailed_caption", detailedCaption(scene, materials.nouns)},
                   {"objects", objectsOf(scene, materials)},
                   {"text", textOf(scene)}};
    if (scene.chart) labels["chart"] = chartOf(*scene.chart);
    json dense = json::array(), phrases = json::array();
    for (const Region& region : denseRegions(scene)) dense.push_back({{"caption", region.label}, {"bbox", cocoBox(region.box)}});
    const std::string caption = briefCaption(scene, materials.nouns);
    for (const Grounding& grounding : groundings(scene, materials.nouns)) {
        json boxes = json::array();
        for (const QRectF& box : grounding.boxes) boxes.push_back(cocoBox(box));
        phrases.push_back({{"phrase", caption.substr(grounding.begin, grounding.end - grounding.begin)}, {"begin", grounding.begin}, {"bboxes", std::move(boxes)}});
    }
    labels["dense"] = std::move(dense);
    labels["phrases"] = std::move(phrases);
    labels["conversations"] = conversationsOf(scene, materials.nouns);
    return labels;
}

QImage contactSheet(const Materials& materials, const Batch& batch) {
    constexpr int margin = 8, captionHeight = 66, captionLines = 4;
    const int columns = std::clamp(static_cast<int>(std::ceil(std::sqrt(batch.count * 1.4))), 1, 8);
    const int rows = (batch.count + columns - 1) / columns, width = pictureSize + margin, height = pictureSize + captionHeight;
    QImage sheet(margin + columns * width, margin + rows * height, QImage::Format_RGB32);
    sheet.fill(Qt::white);
    const Painter scenes(materials);
    QPainter painter(&sheet);
    painter.setRenderHint(QPainter::Antialiasing);
    for (int i = 0; i < batch.count; ++i) {
        const Scene scene = compose(materials, batch.split, layoutSeed(batch.split, batch.seed, static_cast<uint64_t>(i)), batch.family);
        const QPointF corner(margin + i % columns * width, margin + i / columns * height);
        painter.drawImage(corner, scenes.paint(scene));
        painter.setBrush(Qt::NoBrush);
        painter.setPen(QPen(QColor(230, 30, 120, 130), 1));
        for (const Object& object : scene.objects) painter.drawRect(object.box.translated(corner));
        painter.setPen(QPen(QColor(30, 110, 230, 130), 1));
        for (const TextLine& line : scene.lines)
            painter.drawPolygon(QPolygonF(QList<QPointF>(line.quad.begin(), line.quad.end())).translated(corner));
        writeCaption(painter, materials.typefaces, briefCaption(scene, materials.nouns), corner + QPointF(0, pictureSize + 13), pictureSize,
                     captionLines);
    }
    return sheet;
}

void exportPictures(const Materials& materials, const Batch& batch, const std::filesystem::path& folder,
                    const std::function<void(int)>& progress) {
    std::error_code failure;
    if (std::filesystem::exists(folder, failure) && !std::filesystem::is_empty(folder, failure))
        throw Error("the folder already holds something", folder.string(), "Name a new folder.");
    std::filesystem::create_directories(folder / "images", failure);
    if (failure) throw Error("the folder cannot be made: " + failure.message(), folder.string());
    files::OutputFile lines(folder / "pictures.jsonl");
    const Painter painter(materials);
    for (int i = 0; i < batch.count; ++i) {
        const Scene scene = compose(materials, batch.split, layoutSeed(batch.split, batch.seed, static_cast<uint64_t>(i)), batch.family);
        char name[32];
        std::snprintf(name, sizeof name, "images/%06d.png", i);
        if (!painter.paint(scene).save(QString::fromStdString((folder / name).string()), "PNG"))
            throw Error("the picture cannot be written", (folder / name).string(), "Is the disk full?");
        append(lines, labelsOf(scene, materials, name).dump() + "\n");
        progress(i + 1);
    }
    lines.commit();
}

}  // namespace fusionscope::world
