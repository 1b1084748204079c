#include "ui/chat/history.h"

#include <QPointer>

#include "core/files/error.h"
#include "ui/common/refusal.h"

namespace fusionscope::ui {

History::History(const QString& folder, const session::StoreOptions& options, QObject* parent)
    : QObject(parent), m_folder(folder.toStdString()) {
    m_place.moveToThread(&m_thread);
    m_thread.start();
    ++m_waiting;
    QMetaObject::invokeMethod(&m_place, [this, wanted = m_folder, options] { open(wanted, options); },
                              Qt::QueuedConnection);
}

History::~History() {
    QMetaObject::invokeMethod(&m_place, [this] {
        m_store.reset();
        m_temporary.reset();
        m_thread.quit();
    }, Qt::QueuedConnection);
    m_thread.wait();
}

void History::open(const std::filesystem::path& wanted, const session::StoreOptions& options) {
    QStringList sentences;
    auto folder = wanted;
    try {
        m_store = std::make_unique<session::Store>(wanted, options);
        for (const auto& sentence : m_store->report().sentences) sentences += QString::fromStdString(sentence);
    } catch (const std::exception& error) {
        m_problem = QString::fromUtf8(error.what());
        m_temporary = std::make_unique<QTemporaryDir>();
        try {
            folder = m_temporary->path().toStdString();
            if (m_temporary->isValid()) m_store = std::make_unique<session::Store>(folder);
        } catch (const Error&) {
            // Then there is none; whatever is asked of it is refused.
        }
        sentences += tr("%1 Until that is solved, conversations are kept only while this window is open; export what "
                        "you need later.").arg(m_problem);
    }
    QMetaObject::invokeMethod(this, [this, folder, sentences] {
        m_folder = folder;
        m_sentences = sentences;
        m_open = true;
        --m_waiting;
        emit opened();
    }, Qt::QueuedConnection);
}

void History::submit(QObject* receiver, std::function<Delivery(session::Store&)> work, const Refused& refused) {
    ++m_waiting;
    const bool wanted = receiver != nullptr;
    auto job = [this, work = std::move(work), refused, wanted, receiver = QPointer<QObject>(receiver)]() mutable {
        Delivery deliver;
        try {
            if (!m_store) throw refusal(tr("there is no history: %1").arg(m_problem), {});
            deliver = work(*m_store);
        } catch (const std::exception& error) {
            deliver = [refused, sentence = QString::fromUtf8(error.what())] {
                if (refused) refused(sentence);
            };
        }
        QMetaObject::invokeMethod(this, [this, wanted, receiver, deliver = std::move(deliver)] {
            --m_waiting;
            if (wanted && receiver) deliver();
        }, Qt::QueuedConnection);
    };
    QMetaObject::invokeMethod(&m_place, std::move(job), Qt::QueuedConnection);
}

}  // namespace fusionscope::ui
