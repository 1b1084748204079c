#pragma once

#include <QObject>
#include <memory>

#include "core/engine/request.h"
#include "core/engine/results.h"

namespace fusionscope::ui {

/// A question with its answer, as the model saw and gave them.
struct Exchange {
    qint64 turn = 0;  ///< the answer's turn in the history
    engine::ChatRequest request;
    engine::Answer answer;
};

/// The exchange that the inspector's pages are about: the latest one, or the one the person clicked. Set by the chat.
class CurrentAnswer : public QObject {
    Q_OBJECT

  public:
    explicit CurrentAnswer(QObject* parent = nullptr) : QObject(parent) {}

    /// Null when nothing has been answered yet.
    const std::shared_ptr<const Exchange>& exchange() const { return m_exchange; }
    void set(const std::shared_ptr<const Exchange>& exchange) {
        if (exchange == m_exchange) return;
        m_exchange = exchange;
        emit changed();
    }

  signals:
    void changed();

  private:
    std::shared_ptr<const Exchange> m_exchange;
};

}  // namespace fusionscope::ui
