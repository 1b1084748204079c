#include "core/train/lessons.h"

#include <algorithm>
#include <numeric>

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
    std::vector<text::Message> messages;
    std::vector<std::vector<int64_t>> answers;
    for (const Exchange& exchange : exchanges) {
        text::Message question{text::Role::User, {}};
        if (messages.empty()) question.content.push_back(text::ContentItem::image());
        question.content.push_back(text::ContentItem::ofText(exchange.question));
        messages.push_back(std::move(question));
        answers.push_back(encodedWithSpelling(tokenizer, exchange.answer));
        messages.push_back({text::Role::Assistant, {text::ContentItem::ofAnswer(exchange.answer, answers.back())}});
    }
    Lesson lesson;
    if (messages.empty()) return lesson;
    const auto upTo = [&](std::size_t count) { return std::vector(messages.begin(), messages.begin() + static_cast<std::ptrdiff_t>(count)); };
    // What the template writes before an answer shows where the next one begins, without encoding all before it once more.
    const auto opened = chat.encode(upTo(1), tokenizer).ids, closed = chat.encode(upTo(1), tokenizer, {}, false).ids;
    const std::vector<int64_t> opening(std::mismatch(opened.begin(), opened.end(), closed.begin(), closed.end()).first, opened.end());
    lesson.ids = chat.encode(messages, tokenizer, {}, false).ids;
    std::size_t end = 0;
    for (std::size_t i = 0; i < answers.size(); ++i) {
        auto sought = opening;
        sought.insert(sought.end(), answers[i].begin(), answers[i].end());
        const auto found = std::search(lesson.ids.begin() + static_cast<std::ptrdiff_t>(end), lesson.ids.end(), sought.begin(), sought.end());
        const auto begin = found != lesson.ids.end() ? static_cast<std::size_t>(found - lesson.ids.begin()) + opening.size()
                                                     : chat.encode(upTo(2 * i + 1), tokenizer).ids.size();
        // The answer and the token that ends it; what the template writes after that is the next turn's.
        const auto after = std::min(begin + answers[i].size() + 1, lesson.ids.size());
        if (static_cast<int64_t>(after) > longest && i > 0) break;
        for (auto place = begin; place < after; ++place) lesson.learnt.push_back(static_cast<int64_t>(place));
        lesson.lengths.insert(lesson.lengths.end(), after - begin, static_cast<int64_t>(after - begin));
        end = after;
    }
    lesson.ids.resize(end);
    return lesson;
}

std::vector<std::vector<int64_t>> ofLikeLength(const std::vector<std::size_t>& lengths, std::size_t groups) {
    std::vector<int64_t> order(lengths.size());
    std::iota(order.begin(), order.end(), 0);
    std::ranges::stable_sort(order, {}, [&](int64_t text) { return lengths[static_cast<std::size_t>(text)]; });
    groups = std::min(groups, order.size());
    const auto end = [&](std::size_t group) {
        return order.begin() + static_cast<std::ptrdiff_t>(group * order.size() / groups);
    };
    std::vector<std::vector<int64_t>> parts;
    for (std::size_t group = 0; group < groups; ++group) parts.emplace_back(end(group), end(group + 1));
    return parts;
}

}  // namespace fusionscope::train
