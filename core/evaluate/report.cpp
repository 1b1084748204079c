#include "core/evaluate/report.h"

#include <algorithm>
#include <iomanip>
#include <nlohmann/json.hpp>
#include <sstream>

#include "core/files/error.h"

namespace fusionscope::evaluate {

namespace {

/// What the bundled model should reach, by row; 0: nothing is set.
double aimOf(const std::string& row, world::Split split) {
    static const std::map<std::string, double> aims = {
        {"existence", 0.95},        {"colour", 0.95},       {"count 0 to 5", 0.90}, {"count 6 and more", 0.70},
        {"where", 0.92},            {"relation", 0.90},     {"boxes", 0.85},        {"chart most", 0.92},
        {"chart least", 0.92},      {"chart value, labelled", 0.85},                {"refusal of absent things", 0.90},
        {"words, 14 px and more", 0.90}, {"words, 9 to 13 px", 0.60}};
    if (split == world::Split::Style && row == "existence") return 0.85;
    if (split == world::Split::Fashion) return row == "list" ? 0.85 : 0;
    if (split == world::Split::Digits) return row == "symbol: digit" ? 0.96 : 0;
    const auto found = aims.find(row);
    return found == aims.end() ? 0 : found->second;
}

/// Cells in columns as wide as they need to be: the first at the left, the others at the right.
class Table {
  public:
    void row(std::vector<std::string> cells) { m_rows.push_back(std::move(cells)); }
    std::string text() const {
        std::vector<std::size_t> widths;
        for (const auto& cells : m_rows) {
            widths.resize(std::max(widths.size(), cells.size()));
            for (std::size_t i = 0; i < cells.size(); ++i) widths[i] = std::max(widths[i], cells[i].size());
        }
        std::string all;
        for (const auto& cells : m_rows) {
            std::string line;
            for (std::size_t i = 0; i < cells.size(); ++i) {
                const std::string space(widths[i] - cells[i].size(), ' ');
                line += i == 0 ? cells[i] + space : concat("  ", space, cells[i]);
            }
            line.erase(line.find_last_not_of(' ') + 1);
            all += line + "\n";
        }
        return all;
    }

  private:
    std::vector<std::vector<std::string>> m_rows;
};

std::string number(double value, int digits) {
    std::ostringstream out;
    out << std::fixed << std::setprecision(digits) << value;
    return out.str();
}

std::string percent(const Share& share) { return share.asked ? number(100 * share.value(), 1) + " %" : "-"; }

std::string interval(const Share& share) {
    const auto [low, high] = wilson(share);
    return share.asked ? number(100 * low, 1) + " - " + number(100 * high, 1) : "-";
}

std::string aim(double value) { return value > 0 ? number(100 * value, 0) + " %" : ""; }

constexpr const char* intervalTitle = "95 % interval";

std::string tableOfQuestions(const Results& results) {
    Table table;
    table.row({"questions", "right", intervalTitle, "asked", "majority", "no picture", "aim"});
    for (const auto& row : results.rows) {
        const bool part = row.name != world::nameOf(row.kind);
        table.row({(part ? "  " : "") + row.name, percent(row.answers), interval(row.answers), std::to_string(row.answers.asked),
                   percent(row.majority), percent(row.withoutPicture), aim(aimOf(row.name, results.plan.split))});
    }
    return table.text();
}

std::string tableOfCaptions(const Results& results) {
    Table table;
    table.row({"things named in captions", "precision", intervalTitle, "recall", intervalTitle});
    for (const auto& [who, naming] : results.captions)
        table.row({who, percent(naming.precision), interval(naming.precision), percent(naming.recall), interval(naming.recall)});
    return table.text();
}

std::string tableOfBoxes(const Results& results) {
    Table table;
    table.row({"boxes that overlap by half", "found", intervalTitle, "of", "named", "proposed ones right", "mean overlap"});
    for (const auto& [who, boxes] : results.boxes)
        table.row({who, percent(boxes.found), interval(boxes.found), std::to_string(boxes.found.asked), percent(boxes.named),
                   percent(boxes.proposed), number(boxes.meanOverlap(), 3)});
    return table.text();
}

std::string tableOfReading(const Results& results) {
    Table table;
    table.row({"text by height of capitals", "words", intervalTitle, "of", "characters", "aim"});
    const auto line = [&](const std::string& name, const Share& words, const std::string& characters) {
        table.row({"  " + name, percent(words), interval(words), std::to_string(words.asked), characters,
                   aim(aimOf("words, " + name, results.plan.split))});
    };
    for (const auto& [who, reading] : results.reading) {
        table.row({who});
        for (std::size_t i = 0; i < letterHeights.size(); ++i)
            line(std::string(letterHeights[i].name), reading.words[i], percent(reading.characters[i]));
        line("14 px and more", reading.wordsFrom(14), "");
        table.row({"  read words that are there", percent(reading.answered)});
    }
    return table.text();
}

}  // namespace

nlohmann::json toJson(const Results& results) {
    auto rows = nlohmann::json::array();
    for (const auto& row : results.rows) {
        nlohmann::json entry = {{"name", row.name}, {"kind", world::nameOf(row.kind)}, {"answers", toJson(row.answers)}, {"majority", toJson(row.majority)}};
        if (results.plan.baselines) entry["without_picture"] = toJson(row.withoutPicture);
        if (const double wanted = aimOf(row.name, results.plan.split); wanted > 0) entry["aim"] = wanted;
        rows.push_back(std::move(entry));
    }
    nlohmann::json json = {{"split", world::nameOf(results.plan.split)},
                           {"wordings", results.plan.heldOutWordings ? "held out" : "trained"},
                           {"seed", results.plan.seed},
                           {"pictures", results.plan.pictures},
                           {"questions", std::move(rows)},
                           {"ocr_program", results.ocrProgram.empty() ? nlohmann::json() : nlohmann::json(results.ocrProgram)}};
    for (const auto& [who, naming] : results.captions)
        json["captions"][who] = {{"precision", toJson(naming.precision)}, {"recall", toJson(naming.recall)}};
    for (const auto& [who, boxes] : results.boxes) json["boxes"][who] = toJson(boxes);
    for (const auto& [who, reading] : results.reading) json["reading"][who] = toJson(reading);
    return json;
}

std::string tables(const Results& results) {
    std::string text;
    const auto add = [&](bool any, const std::string& table) {
        if (any) text += text.empty() ? table : "\n" + table;
    };
    add(!results.rows.empty(), tableOfQuestions(results));
    add(!results.captions.empty(), tableOfCaptions(results));
    add(!results.boxes.empty(), tableOfBoxes(results));
    add(!results.reading.empty(), tableOfReading(results));
    if (results.plan.baselines && !results.reading.empty() && results.ocrProgram.empty())
        text += "tesseract is not installed, so nothing is compared with it.\n";
    return text;
}

}  // namespace fusionscope::evaluate
