// The commands of the media panel.

#include <QActionGroup>
#include <QClipboard>
#include <QFileDialog>
#include <QGuiApplication>
#include <QInputDialog>
#include <QStandardPaths>

#include "ui/common/workspace.h"
#include "ui/media/media_panel.h"
#include "ui/media/notice_bar.h"
#include "ui/media/picture_intake.h"
#include "ui/media/picture_view.h"
#include "ui/media/seen_pictures.h"
#include "ui/media/video_bar.h"

namespace fusionscope::ui {

QAction* MediaPanel::command(const char* id, const QString& menu, const QString& text,
                             const QList<QKeySequence>& shortcuts, bool perPanel, const std::function<void()>& run,
                             const char* icon) {
    auto* action = m_workspace.commands.add(id, menu, text, shortcuts.value(0), run, icon);
    action->setShortcuts(shortcuts);
    if (perPanel) action->setShortcutContext(Qt::WidgetWithChildrenShortcut);
    addAction(action);
    return action;
}

void MediaPanel::addTool(Tool tool, const char* id, const QString& text, const QKeySequence& shortcut, const char* icon) {
    auto* action = command(id, tr("Edit"), text, {shortcut}, true, [this, tool] {
        m_view->setTool(tool);
        m_view->setFocus();
    }, icon);
    action->setCheckable(true);
    action->setChecked(tool == Tool::Select);
    action->setData(int(tool));
    m_tools->addAction(action);
}

void MediaPanel::addCommands() {
    const auto file = tr("File"), edit = tr("Edit"), view = tr("View");
    command("media.open", file, tr("&Open pictures…"), {QKeySequence("Ctrl+O")}, false,
            [this] { chooseFiles(); }, "image-plus");
    command("media.open_folder", file, tr("Open a &folder of pictures…"), {QKeySequence("Ctrl+Shift+O")}, false,
            [this] { chooseFolder(); }, "folder-open");
    command("media.close", file, tr("&Close the picture"), {QKeySequence("Ctrl+W")}, false,
            [this] { closePicture(m_workspace.selection.picture()); }, "x");

    auto& regions = m_workspace.regions.undo();
    auto* undo = command("media.undo", edit, tr("&Undo marking"), {QKeySequence("Ctrl+Z")}, true,
                         [&regions] { regions.undo(); }, "undo-2");
    auto* redo = command("media.redo", edit, tr("&Redo marking"), {QKeySequence("Ctrl+Shift+Z")}, true,
                         [&regions] { regions.redo(); }, "redo-2");
    undo->setEnabled(regions.canUndo());
    redo->setEnabled(regions.canRedo());
    connect(&regions, &QUndoGroup::canUndoChanged, undo, &QAction::setEnabled);
    connect(&regions, &QUndoGroup::canRedoChanged, redo, &QAction::setEnabled);
    command("media.paste", edit, tr("&Paste a picture"), {QKeySequence("Ctrl+V")}, false, [this] { paste(); });
    command("media.copy", edit, tr("&Copy the view"), {QKeySequence("Ctrl+Alt+C")}, false,
            [this] { copyView(); }, "copy");
    addTool(Tool::Select, "media.select", tr("Select &patches"), {}, "mouse-pointer-2");
    addTool(Tool::Box, "media.box", tr("Mark a &box"), QKeySequence("B"), "square-dashed");
    addTool(Tool::Polygon, "media.polygon", tr("Mark a p&olygon"), QKeySequence("P"), "pentagon");
    addTool(Tool::Patches, "media.patches", tr("Mark pa&tches"), QKeySequence("G"), "grid-3x3");
    command("media.mark_selected", edit, tr("Mark the &selected patches"), {QKeySequence("Shift+G")}, true,
            [this] { m_view->markSelectedPatches(); });
    command("media.remove_region", edit, tr("&Remove the region"), {QKeySequence("Del")}, true,
            [this] { m_view->removeRegion(); }, "trash-2");
    command("media.clear_regions", edit, tr("Remove &all regions"), {}, false,
            [this] { m_workspace.regions.clear(m_workspace.selection.picture()); });

    command("media.memory", edit, tr("Memor&y for pictures…"), {}, false, [this] { chooseMemory(); });

    command("media.fit", view, tr("&Fit the picture"), {QKeySequence("F"), QKeySequence("0")}, true,
            [this] { m_view->fit(); }, "maximize");
    command("media.actual_size", view, tr("&Actual size, 1:1"), {QKeySequence("1")}, true,
            [this] { m_view->zoomTo(1); }, "scan");
    command("media.zoom_in", view, tr("Zoom &in"), {QKeySequence("+"), QKeySequence("=")}, true,
            [this] { m_view->zoomBy(1.25); }, "zoom-in");
    command("media.zoom_out", view, tr("Zoom &out"), {QKeySequence("-")}, true,
            [this] { m_view->zoomBy(0.8); }, "zoom-out");
    m_seenAction = command("media.seen", view, tr("As the &model sees it"), {QKeySequence("I")}, true,
                           [this] { refresh(); }, "eye");
    m_seenAction->setCheckable(true);
    command("media.next", view, tr("&Next picture"), {QKeySequence("PgDown")}, true, [this] { step(1); });
    command("media.previous", view, tr("&Previous picture"), {QKeySequence("PgUp")}, true, [this] { step(-1); });

    command("media.frame_back", view, tr("Video: one frame &back"), {QKeySequence(",")}, true,
            [this] { m_video->step(-1); });
    command("media.frame_on", view, tr("Video: one frame o&n"), {QKeySequence(".")}, true,
            [this] { m_video->step(1); });
    command("media.play", view, tr("Video: p&lay or pause"), {QKeySequence("K")}, true,
            [this] { m_video->playOrPause(); });
    command("media.mark_frame", view, tr("Video: &mark the frame"), {QKeySequence("S")}, true,
            [this] { m_video->mark(); });

    // Not a command of its own: the status line's button, whose text is the zoom.
    m_zoomAction = new QAction(this);
    m_zoomAction->setToolTip(tr("Fit the picture (F), or show it at 1:1 (1)"));
    connect(m_zoomAction, &QAction::triggered, this, [this] {
        if (m_view->mapping().isFitted())
            m_view->zoomTo(1);
        else
            m_view->fit();
    });
}

void MediaPanel::refreshCommands() {
    const auto hash = m_workspace.selection.picture();
    const bool open = m_workspace.pictures.find(hash) != nullptr && !m_frame;
    const bool marked = !m_workspace.regions.of(hash).empty();
    const auto enable = [this](const char* id, bool enabled) { m_workspace.commands.find(id)->setEnabled(enabled); };
    for (const auto* id : {"media.close", "media.box", "media.polygon", "media.patches"}) enable(id, open);
    for (const auto* id : {"media.copy", "media.fit", "media.actual_size", "media.zoom_in", "media.zoom_out"})
        enable(id, open || m_frame);
    for (const auto* id : {"media.frame_back", "media.frame_on", "media.play", "media.mark_frame"})
        enable(id, m_video->isReady());
    enable("media.mark_selected", open && !m_workspace.selection.places().empty());
    enable("media.remove_region", open && marked);
    enable("media.clear_regions", open && marked);
    enable("media.next", m_workspace.pictures.order().size() > 1);
    enable("media.previous", m_workspace.pictures.order().size() > 1);
    m_seenAction->setEnabled(open && m_seen->possible());
    m_seenAction->setToolTip(m_seen->possible() ? tr("Show the picture after padding, resizing and tiling (I)")
                                                : tr("Load a model that takes pictures first"));
}

void MediaPanel::chooseFiles() {
    const auto names = PictureIntake::pictureNames() + ' ' + PictureIntake::videoNames();
    auto* dialog = new QFileDialog(this, tr("Open pictures"),
                                   QStandardPaths::writableLocation(QStandardPaths::PicturesLocation),
                                   tr("Pictures and videos (%1)").arg(names) + ";;" + tr("All files (*)"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setFileMode(QFileDialog::ExistingFiles);
    connect(dialog, &QFileDialog::filesSelected, this, &MediaPanel::open);
    dialog->open();
}

void MediaPanel::chooseFolder() {
    auto* dialog = new QFileDialog(this, tr("Open a folder of pictures"),
                                   QStandardPaths::writableLocation(QStandardPaths::PicturesLocation));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setFileMode(QFileDialog::Directory);
    dialog->setOption(QFileDialog::ShowDirsOnly);
    connect(dialog, &QFileDialog::filesSelected, this, &MediaPanel::open);
    dialog->open();
}

void MediaPanel::chooseMemory() {
    auto& pictures = m_workspace.pictures;
    auto* dialog = new QInputDialog(this);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setWindowTitle(tr("Memory for pictures"));
    dialog->setLabelText(tr("What open pictures may take, in MB. Those that were looked at longest ago are read again when "
                            "they are needed."));
    dialog->setInputMode(QInputDialog::IntInput);
    dialog->setIntRange(16, 1 << 20);
    dialog->setIntValue(static_cast<int>(pictures.memoryLimit() >> 20));
    connect(dialog, &QInputDialog::intValueSelected, this,
            [&pictures](int megabytes) { pictures.setMemoryLimit(qint64{megabytes} << 20); });
    dialog->open();
}

void MediaPanel::paste() { m_intake->take(QGuiApplication::clipboard()->mimeData()); }

void MediaPanel::copyView() { QGuiApplication::clipboard()->setPixmap(m_view->grab()); }

}  // namespace fusionscope::ui
