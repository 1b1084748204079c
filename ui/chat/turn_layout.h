#pragma once

#include <QPalette>
#include <QPixmap>
#include <QRectF>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "ui/chat/markdown_document.h"
#include "ui/chat/transcript_model.h"

class QPainter;

namespace fusionscope::ui {

/// A place in a row that something happens at.
struct Zone {
    enum class Kind {
        Nothing,
        Text,
        Word,
        Link,
        CopyCode,
        Copy,
        Regenerate,
        Edit,
        PreviousBranch,
        NextBranch,
        Picture
    };
    Kind kind = Kind::Nothing;
    int index = 0;     ///< of the word, code block or picture
    QString text;      ///< of a link: where it leads
    bool operator==(const Zone&) const = default;
};

/// What a picture of a turn looks like in the transcript.
struct PictureChip {
    QPixmap thumbnail;
    QString text;  ///< "1  harbour.jpg · 64 tokens"
};

/// What a row shows beside its text.
struct RowFacts {
    QString speaker, caption;
    int branch = 1, branches = 1;
    bool isAnswer = false, isQuestion = false, isTask = false;
    bool isWriting = false;
    bool hasTokens = false;  ///< they may come later than the rest
    std::vector<PictureChip> chips;
};

/// How a row is drawn this time.
struct RowState {
    QPalette palette;
    bool active = false;     ///< under the mouse or chosen: shows what can be done with it
    bool focused = false;
    bool shaded = false;     ///< words underlined by their probability
    int word = -1;           ///< that is looked at
    QString wordLine;        ///< what there is to say about it
    Zone hovered;
    int selectionBegin = 0, selectionEnd = 0;  ///< of the text
};

/// One row of a transcript, laid out for a width. All coordinates are from the row's upper left corner.
class TurnLayout {
  public:
    /// @param words of the answer; null when nothing is known
    TurnLayout(const QString& text, RowFacts facts, std::shared_ptr<const AnswerTokens> tokens, int width,
               const QPalette& palette);

    int width() const { return m_width; }
    int height() const { return m_height; }
    void paint(QPainter& painter, const RowState& state) const;
    Zone zoneAt(const QPointF& at) const;
    QRectF rectOf(const Zone& zone) const;
    QString codeAt(int index) const { return m_document->codeBlocks()[static_cast<std::size_t>(index)].text; }
    /// All code blocks, an empty line between two.
    QString code() const;
    const std::shared_ptr<const AnswerTokens>& tokens() const { return m_tokens; }
    /// Place in the text nearest to a point.
    int cursorAt(const QPointF& at) const;
    QString selectedText(int begin, int end) const;
    std::pair<int, int> wordRangeAt(int cursor) const;

  private:
    struct Place {
        Zone zone;
        QRectF rect;
    };
    void layOutHead();
    void layOutChips(double& y);
    void layOutWords();
    void layOutCode();
    std::vector<QRectF> rectsOf(int begin, int length) const;
    void paintHead(QPainter& painter, const RowState& state) const;
    void paintChips(QPainter& painter, const RowState& state) const;
    void paintWords(QPainter& painter, const RowState& state, bool under) const;
    void paintCode(QPainter& painter, const RowState& state) const;

    RowFacts m_facts;
    std::shared_ptr<const AnswerTokens> m_tokens;
    std::unique_ptr<MarkdownDocument> m_document;
    int m_width = 0, m_height = 0;
    double m_captionX = 0, m_captionWidth = 0, m_branchX = 0;
    QPointF m_text;                          // where the document begins
    std::vector<std::vector<QRectF>> m_words;  // a list of rectangles for each word
    std::vector<Place> m_places;
};

/// Margin of the transcript's rows at the left and the right.
inline constexpr int rowMargin = 16;

}  // namespace fusionscope::ui
