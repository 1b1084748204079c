#include "core/text/normalizer.h"

#include "core/text/component.h"
#include "core/text/unicode.h"

namespace fusionscope::text {

std::string normalise(const std::vector<Normalizer>& steps, std::string text) {
    for (const Normalizer& step : steps) text = step(std::move(text));
    return text;
}

std::vector<Normalizer> readNormalizer(const nlohmann::json& json, const std::string& where) {
    std::vector<Normalizer> steps;
    readComponent(json, "normalizer", "normalizers", where, [&](const std::string& type, const files::Fields& fields) {
        const auto form = [&](NormalForm wanted) {
            steps.push_back([wanted](std::string text) { return normalised(text, wanted); });
        };
        if (type == "NFC") {
            form(NormalForm::NFC);
        } else if (type == "NFD") {
            form(NormalForm::NFD);
        } else if (type == "NFKC") {
            form(NormalForm::NFKC);
        } else if (type == "NFKD") {
            form(NormalForm::NFKD);
        } else if (type == "Prepend") {
            steps.push_back([prefix = fields.text("prepend")](std::string text) {
                return text.empty() ? std::move(text) : prefix + text;
            });
        } else if (type == "Replace") {
            steps.push_back([pattern = readPattern(fields), content = fields.text("content")](std::string text) {
                return pattern.replaced(text, content);
            });
        } else if (type == "Strip") {
            steps.push_back([left = fields.flagOr("strip_left", true),
                             right = fields.flagOr("strip_right", true)](std::string text) {
                std::string_view rest = text;
                if (left) rest = stripLeft(rest, isWhitespace);
                if (right) rest = stripRight(rest, isWhitespace);
                return std::string(rest);
            });
        } else {
            return false;
        }
        return true;
    });
    return steps;
}

}  // namespace fusionscope::text
