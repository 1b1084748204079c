#pragma once

#include <QImage>
#include <QObject>
#include <QSet>
#include <QStringList>
#include <functional>

#include "ui/worker/worker.h"

class QMimeData;

namespace fusionscope::ui {

struct Workspace;

/// Takes pictures and videos from outside: files, folders, what is dropped or pasted. Folders are listed and pixels are
/// packed in the reader's thread; files are opened one after the other, so that the first is on screen while the others
/// are still read.
class PictureIntake : public QObject {
    Q_OBJECT

  public:
    /// More at once would be no help to anybody.
    static constexpr int largestBatch = 100;

    explicit PictureIntake(Workspace& workspace, QObject* parent = nullptr);

    /// What a file dialog offers: patterns for its name, separated by spaces.
    static QString pictureNames();
    static QString videoNames();
    /// Files, and the pictures in folders (not in their subfolders). Of several videos the first one. What is no picture
    /// but something else that the program opens comes back by othersFound().
    void open(const QStringList& paths);
    /// There is something that take() can use.
    static bool accepts(const QMimeData* data);
    /// Files, else pixels. Says so when there is neither.
    void take(const QMimeData* data);

  signals:
    /// A picture was opened, by whomever. @param leads it should be looked at: all but the later ones of a batch
    void arrived(const QString& hash, bool leads);
    void videoFound(const QString& file);
    void othersFound(const QStringList& paths);
    /// A sentence for the person.
    void notice(const QString& message);
    /// From the reader's thread, queued to this object.
    void listed(const QStringList& pictures, const QStringList& videos, const QStringList& others,
                const QString& remark);
    void packed(const QByteArray& png);

  private:
    void begin(const QStringList& files);
    void openNext();
    void submit(const QString& title, const std::function<void(WorkerContext&)>& work);

    Workspace& m_workspace;
    QSet<JobId> m_jobs;     // listing and packing
    QStringList m_waiting;  // files that will be opened after the current one
    QSet<QString> m_batch;  // absolute paths of files that have been or will be opened, and did not arrive yet
    bool m_leaderArrived = false;
    int m_pasted = 0;
};

}  // namespace fusionscope::ui
