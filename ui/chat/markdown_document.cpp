#include "ui/chat/markdown_document.h"

#include <QImage>
#include <QTextBlock>
#include <QTextFrame>
#include <QTextList>
#include <QTextTable>

#include "ui/common/text_sizes.h"

namespace fusionscope::ui {

namespace {

constexpr double paragraphGap = 6;
constexpr double headingScales[] = {1.35, 1.2, 1.1, 1.0, 1.0, 1.0};

bool isCode(const QTextBlock& block) {
    const auto format = block.blockFormat();
    return format.hasProperty(QTextFormat::BlockCodeFence) || format.hasProperty(QTextFormat::BlockCodeLanguage) ||
           format.nonBreakableLines();
}

/// The text without anything but letters and digits, and where each of them came from.
struct Letters {
    explicit Letters(const QString& whole) {
        for (qsizetype i = 0; i < whole.size(); ++i) {
            if (!whole[i].isLetterOrNumber() && !whole[i].isSurrogate()) continue;
            text += whole[i];
            origin.push_back(i);
        }
    }
    QString text;
    std::vector<qsizetype> origin;
};

}  // namespace

MarkdownDocument::MarkdownDocument(QObject* parent) : QTextDocument(parent) {
    setUndoRedoEnabled(false);
    setDocumentMargin(0);
    setDefaultFont(textFont());
    QTextOption option;
    option.setWrapMode(QTextOption::WrapAtWordBoundaryOrAnywhere);
    setDefaultTextOption(option);
}

void MarkdownDocument::showPlain(const QString& text) {
    m_codeBlocks.clear();
    setPlainText(text);
}

void MarkdownDocument::showMarkdown(const QString& text, const QPalette& palette) {
    if (text.size() > longestMarkdown) return showPlain(text);
    m_codeBlocks.clear();
    setMarkdown(text, MarkdownFeatures(MarkdownDialectGitHub) | MarkdownNoHTML);
    replacePictures();
    styleBlocks(palette);
    styleTables(palette);
}

QVariant MarkdownDocument::loadResource(int type, const QUrl&) {
    // Not null: Qt's layout would look for a file of that name by itself.
    if (type == ImageResource) {
        static const QImage nothing = [] {
            QImage image(1, 1, QImage::Format_ARGB32);
            image.fill(Qt::transparent);
            return image;
        }();
        return nothing;
    }
    return QByteArray("");
}

void MarkdownDocument::replacePictures() {
    std::vector<std::pair<int, QString>> pictures;
    for (auto block = begin(); block.isValid(); block = block.next())
        for (auto part = block.begin(); !part.atEnd(); ++part) {
            const auto fragment = part.fragment();
            const auto format = fragment.charFormat();
            if (!format.isImageFormat()) continue;
            auto words = format.stringProperty(QTextFormat::ImageAltText);
            if (words.isEmpty()) words = format.toImageFormat().name();
            for (int i = 0; i < fragment.length(); ++i) pictures.emplace_back(fragment.position() + i, words);
        }
    QTextCursor cursor(this);
    for (auto picture = pictures.rbegin(); picture != pictures.rend(); ++picture) {
        cursor.setPosition(picture->first);
        cursor.setPosition(picture->first + 1, QTextCursor::KeepAnchor);
        cursor.insertText('[' + picture->second + ']', QTextCharFormat());
    }
}

void MarkdownDocument::styleBlocks(const QPalette& palette) {
    QTextCursor cursor(this);
    for (auto block = begin(); block.isValid(); block = block.next()) {
        cursor.setPosition(block.position());
        if (cursor.currentTable()) continue;
        if (isCode(block)) {
            styleCode(block, palette);
            continue;
        }
        QTextBlockFormat spaced;
        const bool tight = block.textList() || !block.next().isValid();
        spaced.setTopMargin(0);
        spaced.setBottomMargin(tight ? 1 : paragraphGap);
        cursor.mergeBlockFormat(spaced);
        const int level = block.blockFormat().headingLevel();
        if (level == 0 || defaultFont().pointSizeF() <= 0) continue;
        cursor.movePosition(QTextCursor::EndOfBlock, QTextCursor::KeepAnchor);
        QTextCharFormat format;
        format.setProperty(QTextFormat::FontSizeAdjustment, 0);
        format.setFontPointSize(defaultFont().pointSizeF() * headingScales[std::min(level, 6) - 1]);
        format.setFontWeight(QFont::DemiBold);
        cursor.mergeCharFormat(format);
    }
}

void MarkdownDocument::styleCode(const QTextBlock& block, const QPalette& palette) {
    const int number = block.blockNumber();
    if (!m_codeBlocks.empty() && m_codeBlocks.back().lastBlock == number - 1) {
        m_codeBlocks.back().lastBlock = number;
        m_codeBlocks.back().text += '\n' + block.text();
    } else {
        m_codeBlocks.push_back({number, number, block.text()});
    }
    const bool ends = !block.next().isValid() || !isCode(block.next());
    auto blockFormat = block.blockFormat();
    blockFormat.setNonBreakableLines(false);
    blockFormat.setBackground(palette.color(QPalette::AlternateBase));
    blockFormat.setLeftMargin(8);
    blockFormat.setTopMargin(0);
    blockFormat.setBottomMargin(ends ? paragraphGap : 0);
    blockFormat.setProperty(QTextFormat::BlockCodeFence,
                            QStringLiteral("`"));  // it stays code for the next block's question
    QTextCursor cursor(block);
    cursor.setBlockFormat(blockFormat);
    cursor.movePosition(QTextCursor::EndOfBlock, QTextCursor::KeepAnchor);
    QTextCharFormat format;
    format.setFontFamilies(monospacedFont().families());
    format.setFontFixedPitch(true);
    cursor.mergeCharFormat(format);
}

void MarkdownDocument::styleTables(const QPalette& palette) {
    for (auto* frame : rootFrame()->childFrames()) {
        auto* table = qobject_cast<QTextTable*>(frame);
        if (!table) continue;
        auto format = table->format();
        format.setBorder(1);
        format.setBorderBrush(palette.color(QPalette::Mid));
        format.setBorderStyle(QTextFrameFormat::BorderStyle_Solid);
        format.setBorderCollapse(true);
        format.setCellPadding(4);
        format.setCellSpacing(0);
        format.setTopMargin(0);
        format.setBottomMargin(paragraphGap);
        table->setFormat(format);
    }
}

std::vector<session::TextRange> MarkdownDocument::placesOf(const std::vector<AnswerWord>& words) const {
    // Marks of Markdown hold no letters, so both texts have the same ones in the same order, save for links' addresses.
    constexpr qsizetype farthest = 300;
    const auto shown = toPlainText();
    const Letters letters(shown);
    std::vector<session::TextRange> places;
    qsizetype next = 0, free = 0;
    for (const auto& word : words) {
        const auto wanted = Letters(word.text).text;
        const auto found = wanted.isEmpty()
                               ? -1
                               : QStringView(letters.text).mid(next, farthest + wanted.size()).indexOf(wanted);
        if (found < 0) {
            places.push_back({});
            continue;
        }
        const auto at = [&](qsizetype i) { return letters.origin[static_cast<std::size_t>(i)]; };
        auto first = at(next + found), last = at(next + found + wanted.size() - 1) + 1;
        next += found + wanted.size();
        while (first > free && !shown[first - 1].isSpace()) --first;
        while (last < shown.size() && !shown[last].isSpace() && !shown[last].isLetterOrNumber()) ++last;
        free = last;
        places.push_back({first, last - first});
    }
    return places;
}

}  // namespace fusionscope::ui
