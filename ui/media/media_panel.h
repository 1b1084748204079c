#pragma once

#include <QWidget>
#include <functional>
#include <memory>

class QAction;
class QActionGroup;
class QLabel;
class QSlider;
class QStackedWidget;

namespace fusionscope::ui {

class NoticeBar;
class OpenPicturesModel;
class PictureIntake;
class PictureStrip;
class PictureView;
class PreparedPictures;
class SeenPictures;
class PicturePyramid;
class VideoBar;
enum class Tool;
struct Workspace;

/// The pictures: header, the picture itself with everything drawn on it, a status line, and a strip of all open ones.
///
/// Whatever is opened, dropped or pasted becomes the selected picture (of several files the first one).
class MediaPanel : public QWidget {
    Q_OBJECT

  public:
    explicit MediaPanel(Workspace& workspace, QWidget* parent = nullptr);
    ~MediaPanel() override;

    /// Opens picture files, the pictures in folders, and a video, as if they had been dropped on the panel.
    void open(const QStringList& paths);
    /// Of the video that is opened next, evenly spread.
    void markFrames(int frames) { m_framesToMark = frames; }
    /// Nothing of a video is being read.
    bool isIdle() const;

  signals:
    /// A sentence for the person that this panel cannot show itself, as it is hidden.
    void said(const QString& sentence);
    /// Models and saved inspections among what was given.
    void othersGiven(const QStringList& paths);

  protected:
    void dragEnterEvent(QDragEnterEvent* event) override;
    void dropEvent(QDropEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;

  private:
    QWidget* makeHeader();
    QWidget* makeEmptyPage();
    QWidget* makeStatusLine();
    void addCommands();
    /// @param perPanel only while the focus is in the panel: for single keys, which others use as well
    QAction* command(const char* id, const QString& menu, const QString& text, const QList<QKeySequence>& shortcuts,
                     bool perPanel, const std::function<void()>& run, const char* icon = "");
    void addTool(Tool tool, const char* id, const QString& text, const QKeySequence& shortcut, const char* icon);
    void say(const QString& sentence);
    void chooseFiles();
    void chooseFolder();
    void chooseMemory();
    void paste();
    void copyView();
    void closePicture(QString hash);
    void step(int by);
    void leaveVideo();
    void showFrame();
    void showName(const QString& name, const QString& path);
    void showSize();
    void refresh();
    void refreshGrid();
    void refreshOverlay();
    void refreshCommands();

    Workspace& m_workspace;
    PreparedPictures* m_prepared;
    SeenPictures* m_seen;
    PictureIntake* m_intake;
    OpenPicturesModel* m_model;

    QLabel *m_name, *m_size, *m_overlayName, *m_opacityText, *m_reading;
    QSlider* m_opacity;
    QList<QWidget*> m_overlayControls;  // there only while a map lies over the picture
    QStackedWidget* m_pages;
    PictureView* m_view;
    PictureStrip* m_strip;
    NoticeBar* m_notice;
    VideoBar* m_video;
    std::shared_ptr<const PicturePyramid> m_frame;  // of the video, while it is shown instead of the selected picture
    int m_framesToMark = 0;  // when the video is ready
    QActionGroup* m_tools;
    QAction *m_seenAction, *m_zoomAction;
};

}  // namespace fusionscope::ui
