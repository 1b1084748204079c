#pragma once

#include <QAbstractItemView>
#include <QHash>
#include <QTimer>
#include <list>
#include <memory>
#include <vector>

#include "ui/chat/thumbnails.h"
#include "ui/chat/transcript_model.h"
#include "ui/chat/turn_layout.h"
#include "ui/common/selection.h"

namespace fusionscope::ui {

/// Draws a transcript. Only rows that were seen are laid out; the others have a guessed height until then, and what is
/// in sight never moves when a guess is replaced.
class TranscriptView : public QAbstractItemView {
    Q_OBJECT

  public:
    TranscriptView(TranscriptModel& model, Thumbnails& thumbnails, QWidget* parent = nullptr);
    ~TranscriptView() override;

    /// Underline words by their probability.
    void setShaded(bool shaded);
    bool isShaded() const { return m_shaded; }
    /// Tokens that a picture costs with the loaded model. @param usual 0 when that depends on the picture
    /// @param counted by hash, as far as that is known
    void setPictureTokens(qint64 usual, const QHash<QString, qint64>& counted = {});
    void scrollToEnd();
    /// The selected text, or the chosen row's text.
    QString textToCopy() const;

    QRect visualRect(const QModelIndex& index) const override;
    void scrollTo(const QModelIndex& index, ScrollHint hint = EnsureVisible) override;
    QModelIndex indexAt(const QPoint& point) const override;

    /// The layout of a row, made if need be. For tests and the view itself.
    const TurnLayout& layoutOf(int row) const;
    int laidOutRows() const { return static_cast<int>(m_layouts.size()); }

  signals:
    void answerChosen(qint64 turn);
    void pictureChosen(qint64 turn, int index);
    void regenerateWanted(qint64 turn);
    void editWanted(qint64 turn);
    void branchWanted(qint64 turn, int step);
    void wordLookedAt(const std::optional<fusionscope::ui::WordRef>& word);
    void linkChosen(const QString& address);

  public slots:
    /// Shows the word of the shared selection.
    void showWord(const std::optional<fusionscope::ui::WordRef>& word);

  protected:
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void changeEvent(QEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void mouseDoubleClickEvent(QMouseEvent* event) override;
    void leaveEvent(QEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    bool viewportEvent(QEvent* event) override;
    void scrollContentsBy(int dx, int dy) override;
    void updateGeometries() override;
    QModelIndex moveCursor(CursorAction action, Qt::KeyboardModifiers modifiers) override;
    int horizontalOffset() const override { return 0; }
    int verticalOffset() const override;
    bool isIndexHidden(const QModelIndex&) const override { return false; }
    void setSelection(const QRect& rect, QItemSelectionModel::SelectionFlags flags) override;
    QRegion visualRegionForSelection(const QItemSelection& selection) const override;
    void currentChanged(const QModelIndex& current, const QModelIndex& previous) override;

  private:
    struct Spot {
        int row = -1;
        Zone zone;
        bool operator==(const Spot&) const = default;
    };
    struct Row {
        int height = 0;
        bool measured = false;
    };

    void readRows();
    void forget(int firstRow, int lastRow);
    int guessedHeight(int row) const;
    RowFacts factsOf(int row) const;
    int measuredHeight(int row) const;
    void sumHeights() const;
    int rowAt(int y) const;
    void moveAnchor(int by);
    void layOutVisible();
    Spot spotAt(const QPoint& point) const;
    QPointF inRow(int row, const QPoint& point) const;
    void hover(const Spot& spot);
    void act(const Spot& spot);
    void lookAtWord(int row, int word, bool keep);
    RowState stateOf(int row) const;
    void updateRow(int row);

    TranscriptModel& m_model;
    Thumbnails& m_thumbnails;
    bool m_shaded = false;
    qint64 m_usualTokens = 0;
    QHash<QString, qint64> m_countedTokens;
    mutable std::vector<Row> m_rows;
    mutable std::vector<int> m_tops;  // one more than rows
    mutable QHash<int, std::shared_ptr<TurnLayout>> m_layouts;
    mutable std::list<int> m_recent;  // rows with a layout, the latest in front
    int m_anchorRow = 0, m_anchorOffset = 0;  // the row at the upper edge, and how much of it lies above
    bool m_atEnd = true, m_settingBar = false;
    Spot m_hovered, m_pressed;
    std::optional<WordRef> m_word, m_keptWord;
    qint64 m_selectionTurn = 0;
    int m_selectionAnchor = 0, m_selectionEnd = 0;
    QTimer m_layoutTimer;
};

}  // namespace fusionscope::ui
