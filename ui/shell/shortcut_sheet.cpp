#include "ui/shell/shortcut_sheet.h"

#include <QMap>
#include <QTextBrowser>
#include <QVBoxLayout>
#include <algorithm>

#include "ui/common/commands.h"

namespace fusionscope::ui {

ShortcutSheet::ShortcutSheet(const Commands& commands, QWidget* parent)
    : QFrame(parent, Qt::Popup), m_commands(commands), m_text(new QTextBrowser) {
    setObjectName("sheet");
    setAccessibleName(tr("Shortcuts"));
    m_text->setAccessibleName(tr("Shortcuts"));
    m_text->setFrameShape(QFrame::NoFrame);
    m_text->setOpenLinks(false);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(16, 16, 16, 16);
    layout->addWidget(m_text);
}

void ShortcutSheet::open() {
    const auto* window = parentWidget();
    m_text->setHtml(sheet());
    resize(std::min(860, window->width() - 64), std::min(640, window->height() - 96));
    move(window->mapToGlobal(QPoint((window->width() - width()) / 2, (window->height() - height()) / 2)));
    show();
    m_text->setFocus();
}

QString ShortcutSheet::sheet() const {
    QStringList menus;
    QMap<QString, QString> rows;
    int count = 0;
    for (const auto& [action, menu] : m_commands.entries()) {
        if (!rows.contains(menu)) menus.append(menu);
        auto name = action->text();
        rows[menu] += QString("<tr><td style='padding:1px 16px 1px 0'>%1</td><td align='right' style='white-space:nowrap'><b>%2</b></td></tr>")
                          .arg(name.remove('&').toHtmlEscaped(),
                               action->shortcut().toString(QKeySequence::NativeText).toHtmlEscaped());
        ++count;
    }
    // Two columns of about the same length.
    QString columns[2];
    int filled = 0;
    for (auto menu : menus) {
        const auto& table = rows[menu];
        columns[filled * 2 < count ? 0 : 1] +=
            QString("<tr><td colspan='2' style='padding-top:10px'><b>%1</b></td></tr>%2").arg(menu.remove('&').toHtmlEscaped(), table);
        filled += static_cast<int>(table.count("<tr>"));
    }
    for (auto& column : columns) column = "<table width='100%'>" + column + "</table>";
    return QString("<h3>%1</h3><table width='100%'><tr><td width='48%'>%2</td><td width='4%'></td><td>%3</td></tr></table>")
        .arg(tr("Every command and its shortcut"), columns[0], columns[1]);
}

}  // namespace fusionscope::ui
