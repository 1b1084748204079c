#include "core/bench/text_scores.h"

#include <ATen/ATen.h>

#include <span>

#include "core/files/json.h"
#include "core/files/output_file.h"
#include "core/language/decoder.h"

namespace fusionscope::bench {

namespace {

constexpr size_t mostTokens = 1024;  // of a text: bounds what its scores take

}  // namespace

std::vector<AnsweredText> readTexts(const std::filesystem::path& file) {
    const auto list = files::readJson(file);
    if (!list.is_array() || list.empty()) throw Error("holds no list of texts", file.string());
    std::vector<AnsweredText> texts;
    for (const auto& entry : list) {
        const files::Fields fields(entry, concat(file.string(), ": text ", texts.size()));
        const auto& text = texts.emplace_back(AnsweredText{fields.integers("prompt"), fields.integers("answer")});
        if (text.prompt.empty()) fields.refuse("prompt", "has no tokens");
        if (text.answer.empty()) fields.refuse("answer", "has no tokens");
        if (text.prompt.size() + text.answer.size() > mostTokens)
            throw Error(concat("has more than ", mostTokens, " tokens"), fields.where());
    }
    return texts;
}

nn::Tensor answerScores(const language::Decoder& decoder, const AnsweredText& text, Reading reading, const nn::Pass& pass) {
    const auto promptLength = std::ssize(text.prompt);
    auto first = text.prompt;
    auto rest = std::span(text.answer).first(text.answer.size() - 1);  // nothing is chosen after the last one
    if (promptLength + std::ssize(rest) > decoder.config().longest)
        throw Error(concat("a text has more tokens than the ", decoder.config().longest, " that the model reads"), "texts");
    if (reading == Reading::AtOnce) {
        first.insert(first.end(), rest.begin(), rest.end());
        rest = {};
    }
    auto cache = decoder.newCache();
    const auto hidden = decoder.hidden(decoder.embed(first), cache, pass, std::ssize(first));  // [1, first, hidden]
    std::vector<nn::Tensor> scores{decoder.logits(hidden[0].slice(0, promptLength - 1), pass)};
    for (const auto id : rest)
        scores.push_back(decoder.lastLogits(decoder.hidden(decoder.embed(std::vector{id}), cache, pass), pass));
    return at::cat(scores);
}

void writeScores(const language::Decoder& decoder, const std::vector<AnsweredText>& texts, Reading reading,
                 const std::filesystem::path& file, const nn::Pass& pass) {
    files::OutputFile out(file);
    for (const auto& text : texts) {
        const auto scores = answerScores(decoder, text, reading, pass).to(c10::kCPU).contiguous();
        out.append(std::as_bytes(std::span(scores.const_data_ptr<float>(), static_cast<size_t>(scores.numel()))));
    }
    out.commit();
}

}  // namespace fusionscope::bench
