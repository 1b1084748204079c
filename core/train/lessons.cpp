#include "core/train/lessons.h"

#include <algorithm>

#include "core/train/samples.h"

namespace fusionscope::train {

std::vector<Exchange> drawExchanges(const world::Scene& scene, const world::Nouns& nouns, const LessonMix& mix, uint64_t seed) {
    world::Random random(world::mixed(scene.seed, seed));
    world::Questioner questioner(scene, nouns, random.next());
    std::vector<Exchange> exchanges;
    const auto add = [&](const world::Turn& turn) { exchanges.push_back({turn.question, turn.answer}); };
    const auto wanted = static_cast<std::size_t>(random.between(mix.least, mix.most));
    const bool describes = random.chance(mix.captions);
    const auto place = static_cast<std::size_t>(random.below(static_cast<int>(wanted)));
    while (exchanges.size() < wanted) {
        if (describes && exchanges.size() == place) {
            const auto kind = random.chance(0.5) ? world::Kind::Describe : world::Kind::DescribeInDetail;
            if (const auto turn = questioner.ask(kind)) {
                add(*turn);
                continue;
            }
        }
        const int turns = random.chance(mix.dialogues) ? random.between(2, 3) : 1;
        for (const world::Turn& turn : questioner.converse(turns)) add(turn);
    }
    return exchanges;
}

Lesson asLesson(const std::vector<Exchange>& exchanges, const text::ChatTemplate& chat, const text::Tokenizer& tokenizer, int64_t longest) {
    Lesson lesson;
    std::vector<text::Message> messages;
    for (const Exchange& exchange : exchanges) {
        text::Message question{text::Role::User, {}};
        if (messages.empty()) question.content.push_back(text::ContentItem::image());
        question.content.push_back(text::ContentItem::ofText(exchange.question));
        messages.push_back(std::move(question));
        const auto before = chat.encode(messages, tokenizer).ids;
        const auto answer = encodedWithSpelling(tokenizer, exchange.answer);
        messages.push_back({text::Role::Assistant, {text::ContentItem::ofAnswer(exchange.answer, answer)}});
        const auto whole = chat.encode(messages, tokenizer, {}, false).ids;
        if (static_cast<int64_t>(whole.size()) > longest && !lesson.ids.empty()) break;
        // The answer and the token that ends it; what the template writes after that is the next turn's.
        const auto end = std::min(before.size() + answer.size() + 1, whole.size());
        for (auto place = before.size(); place < end; ++place) lesson.learnt.push_back(static_cast<int64_t>(place));
        lesson.ids = whole;
    }
    return lesson;
}

}  // namespace fusionscope::train
