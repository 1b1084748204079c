#include "core/text/regex.h"

#include <QtTest>
#include <string>
#include <thread>
#include <vector>

using namespace fusionscope::text;

namespace {

std::vector<std::string> found(const Regex& regex, std::string_view text) {
    std::vector<std::string> matches;
    Regex::Search(regex, text.size()).matches(text, [&](const Span& match) {
        matches.emplace_back(text.substr(match.begin, match.end - match.begin));
    });
    return matches;
}

}  // namespace

class RegexTest : public QObject {
    Q_OBJECT

  private slots:
    void findsFromLeftToRight() {
        QCOMPARE(found({R"(\p{L}+|\s)", "test"}, "one two"), (std::vector<std::string>{"one", " ", "two"}));
    }

    /// What a search needs is shared by all of a thread.
    void aMatchMayBeSearchedWhileTheSearchGoesOn() {
        const Regex words(R"(\p{L}+)", "test"), vowels("[aeiou]", "test");
        const std::string_view text = "audio is here";
        std::vector<std::string> all;
        Regex::Search(words, text.size()).matches(text, [&](const Span& match) {
            const auto word = text.substr(match.begin, match.end - match.begin);
            all.emplace_back(word);
            for (auto& vowel : found(vowels, word)) all.push_back(std::move(vowel));
        });
        QCOMPARE(all, (std::vector<std::string>{"audio", "a", "u", "i", "o", "is", "i", "here", "e", "e"}));
    }

    void anErrorLeavesNothingBehind() {
        const Regex endless("(x+x+)+y", "test");
        for (int i = 0; i < 2; ++i)
            QVERIFY_EXCEPTION_THROWN(found(endless, std::string(60, 'x') + "zy"), std::exception);
        QCOMPARE(found({"x+", "test"}, "axxb"), (std::vector<std::string>{"xx"}));
    }

    void servesManyThreads() {
        const Regex words(R"(\p{L}+|\s)", "test");
        std::vector<std::thread> threads;
        std::vector<std::size_t> counts(8);
        for (auto& count : counts)
            threads.emplace_back([&] {
                for (int i = 0; i < 200; ++i) count += found(words, "one two three").size();
            });
        for (auto& thread : threads) thread.join();
        for (const auto count : counts) QCOMPARE(count, std::size_t{1000});
    }
};

QTEST_MAIN(RegexTest)
#include "regex_test.moc"
