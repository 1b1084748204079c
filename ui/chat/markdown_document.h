#pragma once

#include <QPalette>
#include <QTextDocument>
#include <vector>

#include "core/session/store.h"
#include "ui/chat/answer_words.h"

namespace fusionscope::ui {

/// Text that a model wrote, laid out. It is not trusted: nothing it names is ever loaded, neither a file nor anything
/// from a network, pictures in it are shown by their words, and HTML in it as its source.
class MarkdownDocument : public QTextDocument {
    Q_OBJECT

  public:
    struct CodeBlock {
        int firstBlock = 0, lastBlock = 0;
        QString text;
    };

    explicit MarkdownDocument(QObject* parent = nullptr);

    /// Longer texts are shown as they are, whatever they hold.
    static constexpr qsizetype longestMarkdown = 100'000;

    void showPlain(const QString& text);
    void showMarkdown(const QString& text, const QPalette& palette);

    const std::vector<CodeBlock>& codeBlocks() const { return m_codeBlocks; }
    /// Where each word of the source stands in the document; a word that shows nothing (a mark of Markdown) has length
    /// 0.
    std::vector<session::TextRange> placesOf(const std::vector<AnswerWord>& words) const;

  protected:
    QVariant loadResource(int type, const QUrl& name) override;

  private:
    void replacePictures();
    void styleBlocks(const QPalette& palette);
    void styleCode(const QTextBlock& block, const QPalette& palette);
    void styleTables(const QPalette& palette);

    std::vector<CodeBlock> m_codeBlocks;
};

}  // namespace fusionscope::ui
