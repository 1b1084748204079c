#pragma once

#include <QObject>
#include <QString>
#include <QTemporaryDir>
#include <QThread>
#include <functional>
#include <memory>
#include <type_traits>
#include <utility>

#include "core/session/store.h"

namespace fusionscope::ui {

/// The history of one window, and the only one that writes to it: in a thread of its own, so that neither a long import
/// nor a database that another program locks keeps the window waiting.
///
/// What is asked for is done in that order, with the store that lives in that thread; results are handed out in the
/// window's thread. The destructor lets everything finish that was asked for, so that nothing is lost.
class History : public QObject {
    Q_OBJECT

  public:
    using Refused = std::function<void(const QString& sentence)>;

    /// Begins to open the history in a folder; opened() follows. When that fails, one in a temporary folder takes its
    /// place, so that the program works on a read-only or full disk.
    explicit History(const QString& folder, const session::StoreOptions& options = {}, QObject* parent = nullptr);
    ~History() override;

    bool isOpen() const { return m_open; }
    /// Nothing is waiting, and all results have been handed out.
    bool isIdle() const { return m_waiting == 0; }
    /// Where readers find it, once it is open.
    const std::filesystem::path& folder() const { return m_folder; }
    std::filesystem::path mediaFolder() const { return m_folder / "media"; }
    /// What the person should know about opening it: damage, answers that were interrupted, that nothing will be kept.
    const QStringList& sentences() const { return m_sentences; }

    /// Calls `work(store)` in the history's thread, then `done(result)`, or `refused` with a sentence, in this one.
    /// @param receiver neither is called when it is gone by then; may be null
    template <class Work, class Done>
    void run(QObject* receiver, Work work, Done done, const Refused& refused = {}) {
        using Result = std::invoke_result_t<Work&, session::Store&>;
        submit(receiver, [work = std::move(work), done = std::move(done)](session::Store& store) mutable -> Delivery {
            if constexpr (std::is_void_v<Result>) {
                work(store);
                return done;
            } else {
                return [done, result = std::make_shared<const Result>(work(store))]() mutable { done(*result); };
            }
        }, refused);
    }

  signals:
    void opened();

  private:
    using Delivery = std::function<void()>;

    void submit(QObject* receiver, std::function<Delivery(session::Store&)> work, const Refused& refused);
    void open(const std::filesystem::path& wanted, const session::StoreOptions& options);

    std::filesystem::path m_folder;
    QStringList m_sentences;
    bool m_open = false;
    int m_waiting = 0;

    // Only the thread touches these:
    std::unique_ptr<QTemporaryDir> m_temporary;
    std::unique_ptr<session::Store> m_store;
    QString m_problem;  // why there is no store at all

    QThread m_thread;
    QObject m_place;  // lives in the thread
};

}  // namespace fusionscope::ui
