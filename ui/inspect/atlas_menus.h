#pragma once

#include <QWidget>
#include <memory>

class QToolButton;

namespace fusionscope::ui {

class AtlasState;
struct SavedInspection;

/// What stands at the right of the tab bar for the atlas: kind of map, what that kind can be set to, export.
class AtlasMenus : public QWidget {
    Q_OBJECT

  public:
    explicit AtlasMenus(AtlasState& state, QWidget* parent = nullptr);

    /// Keeps what is looked at in a .fscope file, or shows what such a file keeps.
    void saveInspection(const QString& file);
    void openInspection(const QString& file);

  signals:
    /// What went wrong, or what was written: for the page to show.
    void said(const QString& message);
    /// From the reader's thread, queued.
    void written(const QStringList& files);
    /// @param warning what is not as it was; empty when all is
    void inspectionRead(std::shared_ptr<const fusionscope::ui::SavedInspection> inspection, const QString& warning);

  private:
    void fillKinds();
    void fillSettings();
    void fillExport();
    void updateTitles();
    void chooseBasis(bool open);
    void exportAs(int format);
    void copyCommand();
    void chooseInspection(bool open);

    AtlasState& m_state;
    QToolButton *m_kind, *m_settings, *m_export;
    bool m_onlyCurrent = false;  // export the enlarged map alone
    QString m_folder;            // of the latest export
    quint64 m_job = 0;
};

}  // namespace fusionscope::ui
