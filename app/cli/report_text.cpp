#include "app/cli/report_text.h"

#include <algorithm>

#include "core/engine/memory.h"
#include "core/files/error.h"

namespace fusionscope::cli {

namespace {

/// 54,321,000
std::string grouped(int64_t number) {
    const std::string digits = std::to_string(number);
    std::string text;
    for (size_t i = 0; i < digits.size(); ++i) {
        if (i > 0 && (digits.size() - i) % 3 == 0) text += ',';
        text += digits[i];
    }
    return text;
}

template <class Pairs>
std::string sizesText(const Pairs& pairs) {
    std::string text;
    for (const auto& [name, bytes] : pairs)
        text += concat(text.empty() ? "" : ", ", name, " ", engine::bytesText(bytes));
    return text;
}

}  // namespace

std::string reportText(const engine::FolderReport& report) {
    std::string text;
    text += concat("family      ", report.family.empty() ? "unknown" : report.family, "\n");
    text += concat("parameters  ", grouped(report.parameters), " in ", report.tensors, " tensors\n");
    text += concat("types       ", sizesText(report.bytesByType), "\n");
    text += concat("memory      ", sizesText(report.memoryNeeded), "\n");
    text += "files\n";
    for (const auto& [name, bytes] : report.files) text += concat("  ", name, "  ", engine::bytesText(bytes), "\n");
    if (!report.findings.empty()) text += "findings\n";
    for (const auto& finding : report.findings)
        text += concat("  ", engine::name(finding.weight), ": ", finding.text, "\n");
    text += report.loadable ? "can be loaded\n" : "cannot be loaded\n";
    return text;
}

std::string refusalOf(const engine::FolderReport& report) {
    return std::ranges::find(report.findings, engine::Finding::Weight::Refusal, &engine::Finding::weight)->text;
}

}  // namespace fusionscope::cli
