#pragma once

#include <QRandomGenerator>

#include "core/session/store.h"

/// Conversations that no person would write.
namespace fusionscope::session {

class RandomConversations {
  public:
    explicit RandomConversations(quint32 seed) : m_random(seed) {}

    qint64 number(qint64 below) { return below <= 0 ? 0 : m_random.bounded(below); }
    bool chance(double probability) { return m_random.generateDouble() < probability; }

    QString text(int pieces) {
        static const QString choices[] = {
            "harbour ", "Boats", " ", "\n", "\n\n", "\t", "Straße ", "café ", "港口", "🚢", "\\", "\"", "'", "%_", "# ",
            "</script>", "<!-- turn: user -->", "\n<!-- turn: assistant -->\n", "\n![a](b/c)", "&amp;", "<b>", "-->",
            "```\ncode\n```", "\r\n", "\u2028", "\u202Eabc", "e\u0301", QString(QChar(u'\0')), QString(QChar(0xD800))};
        QString text;
        for (qint64 i = number(pieces + 1); i > 0; --i) text += choices[number(std::size(choices))];
        return text;
    }
    QByteArray picture() {
        QByteArray bytes(number(3) == 0 ? "\x89PNG\r\n\x1a\n" : "\xFF\xD8\xFF");
        for (qint64 i = number(400); i > 0; --i) bytes.append(static_cast<char>(number(256)));
        return bytes;
    }
    nlohmann::json json(int depth = 3) {
        switch (number(depth > 0 ? 8 : 6)) {
            case 0: return nullptr;
            case 1: return static_cast<int64_t>(m_random.generate64());
            case 2: return m_random.generate64();
            case 3: return (m_random.generateDouble() - 0.5) * std::pow(10.0, static_cast<double>(number(40)) - 20);
            case 4: return chance(0.5);
            case 5: return text(3).toStdString();
            case 6: {
                auto list = nlohmann::json::array();
                for (qint64 i = number(4); i > 0; --i) list.push_back(json(depth - 1));
                return list;
            }
            default: {
                auto object = nlohmann::json::object();
                for (qint64 i = number(4); i > 0; --i) object["key" + std::to_string(i)] = json(depth - 1);
                return object;
            }
        }
    }
    std::vector<Token> tokens() {
        std::vector<Token> tokens(static_cast<std::size_t>(number(6)));
        for (Token& token : tokens) {
            token = {number(50'000), text(2), logProbability(), {}};
            for (qint64 i = number(4); i > 0; --i)
                token.alternatives.push_back({number(50'000), text(2), logProbability()});
        }
        return tokens;
    }
    /// @param media takes the pictures; some of them stay out of it
    TurnContent content(MediaStore& media) {
        TurnContent content;
        content.role = static_cast<Role>(number(4));
        content.text = text(12);
        for (qint64 i = number(3); i > 0 && chance(0.5); --i) {
            const QByteArray bytes = picture();
            const QString hash = chance(0.9) ? media.add(bytes) : hashOf(bytes);
            content.pictures.push_back({hash, text(3), static_cast<int>(number(9000)), static_cast<int>(number(9000)),
                                        bytes.size(), json(1)});
        }
        if (content.role == Role::Assistant) {
            content.stopReason = "length";
            content.model = {text(2), "abc"};
            content.settings = json();
            content.statistics = json();
        }
        if (content.role == Role::Task) content.result = json(6);
        return content;
    }
    /// Stores a tree of up to `most` turns with branches everywhere.
    ConversationId fill(Store& store, int most) {
        const ConversationId id = store.create(text(4), text(1)).id;
        if (chance(0.3)) store.setPinned(id, true);
        std::vector<TurnId> turns{0};
        for (qint64 i = number(most + 1); i > 0; --i) {
            const auto any = static_cast<std::size_t>(number(std::ssize(turns)));
            const TurnId parent = chance(0.6) ? turns.back() : turns[any];
            turns.push_back(store.append(id, parent, content(store.media()), tokens()).id);
        }
        if (turns.size() > 1) store.choose(turns[static_cast<std::size_t>(1 + number(std::ssize(turns) - 1))]);
        return id;
    }

  private:
    double logProbability() {
        return chance(0.1) ? -std::numeric_limits<double>::infinity() : -10 * m_random.generateDouble();
    }

    QRandomGenerator m_random;
};

}  // namespace fusionscope::session
