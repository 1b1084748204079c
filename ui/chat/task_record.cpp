#include "ui/chat/task_record.h"

#include <QCoreApplication>
#include <QRectF>
#include <QStringList>
#include <cmath>
#include <nlohmann/json.hpp>

#include "core/models/florence_post_processing.h"

namespace fusionscope::ui {

using nlohmann::json;

namespace {

constexpr std::size_t mostRegions = 10'000;
constexpr std::size_t mostCorners = 100'000;

struct Title {
    const char* marker;
    const char* text;
};
constexpr Title titles[] = {
    {"<CAPTION>", QT_TRANSLATE_NOOP("Tasks", "Caption")},
    {"<DETAILED_CAPTION>", QT_TRANSLATE_NOOP("Tasks", "Detailed caption")},
    {"<MORE_DETAILED_CAPTION>", QT_TRANSLATE_NOOP("Tasks", "More detailed caption")},
    {"<OCR>", QT_TRANSLATE_NOOP("Tasks", "Text")},
    {"<OCR_WITH_REGION>", QT_TRANSLATE_NOOP("Tasks", "Text with its places")},
    {"<OD>", QT_TRANSLATE_NOOP("Tasks", "Objects")},
    {"<DENSE_REGION_CAPTION>", QT_TRANSLATE_NOOP("Tasks", "Described regions")},
    {"<REGION_PROPOSAL>", QT_TRANSLATE_NOOP("Tasks", "Region proposals")},
    {"<CAPTION_TO_PHRASE_GROUNDING>", QT_TRANSLATE_NOOP("Tasks", "Find phrases of a caption")},
    {"<OPEN_VOCABULARY_DETECTION>", QT_TRANSLATE_NOOP("Tasks", "Find things by name")},
    {"<REFERRING_EXPRESSION_SEGMENTATION>", QT_TRANSLATE_NOOP("Tasks", "Outline what is described")},
    {"<REGION_TO_SEGMENTATION>", QT_TRANSLATE_NOOP("Tasks", "Outline the region's thing")},
    {"<REGION_TO_CATEGORY>", QT_TRANSLATE_NOOP("Tasks", "What is in the region")},
    {"<REGION_TO_DESCRIPTION>", QT_TRANSLATE_NOOP("Tasks", "Describe the region")},
    {"<REGION_TO_OCR>", QT_TRANSLATE_NOOP("Tasks", "Text in the region")},
};

json outlinesOf(const models::FlorenceRegion& region) {
    json outlines = json::array();
    if (region.box) {
        const auto& [x0, y0, x1, y1] = *region.box;
        outlines.push_back({x0, y0, x1, y0, x1, y1, x0, y1});
    }
    if (region.quad) outlines.push_back(*region.quad);
    for (const auto& polygon : region.polygons) outlines.push_back(polygon);
    return outlines;
}

QPolygonF polygonFrom(const json& numbers) {
    QPolygonF polygon;
    if (!numbers.is_array() || numbers.size() > mostCorners) return polygon;
    for (std::size_t i = 0; i + 1 < numbers.size(); i += 2) {
        if (!numbers[i].is_number() || !numbers[i + 1].is_number()) return {};
        const QPointF corner(numbers[i].get<double>(), numbers[i + 1].get<double>());
        if (!(std::abs(corner.x()) < 1e6 && std::abs(corner.y()) < 1e6)) return {};
        polygon.append(corner);
    }
    return polygon;
}

}  // namespace

std::vector<TaskEntry> taskEntries() {
    std::vector<TaskEntry> entries;
    for (const auto& [marker, text] : titles) {
        const auto& task = models::florenceTask(marker);
        const auto input = !task.takesText()                                     ? TaskInput::None
                           : task.marker.find("<REGION_") == std::string_view::npos ? TaskInput::Phrase
                                                                                    : TaskInput::Region;
        entries.push_back({marker, taskTitle(marker), input});
    }
    return entries;
}

QString taskTitle(const QString& marker) {
    for (const auto& title : titles)
        if (marker == title.marker) return QCoreApplication::translate("Tasks", title.text);
    return marker;
}

QString locationTokens(const QRectF& box, const QSize& picture) {
    const models::LocationBins bins{{picture.width(), picture.height()}};
    return QString("<loc_%1><loc_%2><loc_%3><loc_%4>")
        .arg(bins.binX(box.left()))
        .arg(bins.binY(box.top()))
        .arg(bins.binX(box.right()))
        .arg(bins.binY(box.bottom()));
}

json resultOf(const QString& marker, const QString& input, const engine::TaskAnswer& answer) {
    const bool text = answer.answer->task->answer == models::FlorenceAnswerKind::Quads;
    json regions = json::array();
    for (const auto& region : answer.answer->regions)
        regions.push_back({{"label", region.label}, {"outlines", outlinesOf(region)}, {"text", text}});
    return {{"task", marker.toStdString()},
            {"input", input.toStdString()},
            {"regions", std::move(regions)},
            {"answer", answer.answer->json()}};
}

QString textOf(const engine::TaskAnswer& answer) {
    if (answer.answer->task->answer == models::FlorenceAnswerKind::Text)
        return QString::fromStdString(answer.answer->text).trimmed();
    QStringList lines;
    for (const auto& region : answer.answer->regions)
        if (!region.label.empty()) lines += QString::fromStdString(region.label).trimmed();
    if (lines.isEmpty())
        return QCoreApplication::translate("Tasks", "Regions found: %1").arg(answer.answer->regions.size());
    return lines.join('\n');
}

std::vector<FoundRegion> regionsOf(const json& result) {
    std::vector<FoundRegion> found;
    if (!result.is_object() || !result.contains("regions") || !result["regions"].is_array()) return found;
    for (const auto& region : result["regions"]) {
        if (!region.is_object() || !region.contains("outlines") || !region["outlines"].is_array()) continue;
        const auto label = region.contains("label") && region["label"].is_string()
                               ? QString::fromStdString(region["label"].get<std::string>())
                               : QString();
        const bool isText = region.contains("text") && region["text"] == json(true);
        for (const auto& outline : region["outlines"]) {
            const auto polygon = polygonFrom(outline);
            if (polygon.size() >= 3 && found.size() < mostRegions) found.push_back({label, polygon, isText});
        }
    }
    return found;
}

}  // namespace fusionscope::ui
