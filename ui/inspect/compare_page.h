#pragma once

#include <QWidget>
#include <array>
#include <memory>

#include "ui/common/current_answer.h"
#include "ui/inspect/second_model_bar.h"
#include "ui/worker/worker.h"

class QComboBox;
class QLabel;
class QLineEdit;
class QPlainTextEdit;
class QToolButton;

namespace fusionscope::ui {

class AtlasState;
class CurrentModel;
struct ModelFacts;

/// The page Compare: one picture and one question for two models, their answers with time and tokens beside each other,
/// and below them a map of each, linked by place in the picture.
class ComparePage : public QWidget {
    Q_OBJECT

  public:
    explicit ComparePage(AtlasState& state, QWidget* parent = nullptr);

    QWidget* menus() const;
    SecondModelBar& second() { return *m_second; }
    /// Asks both, one after the other, so that neither takes the other's time. Nothing is reused from earlier questions.
    void ask(const QString& question);
    /// Loads a second model, and asks both as soon as both and a picture are there.
    void loadAndAsk(const QString& folder, const QString& question);
    /// Null until it has answered. @param side 0 or 1
    const std::shared_ptr<const Exchange>& answered(int side) const { return m_sides[size_t(side)].exchange; }

  signals:
    // From the workers' threads, queued to this object
    void textArrived(int side, quint64 run, const QString& text);
    void answeredBy(int side, quint64 run, std::shared_ptr<const fusionscope::ui::Exchange> exchange);

  protected:
    void showEvent(QShowEvent* event) override;
    void hideEvent(QHideEvent* event) override;

  private:
    enum Fact { Time, First, Tokens, Speed, Memory, FactCount };
    struct Side {
        QLabel* title;
        QPlainTextEdit* answer;
        std::array<QLabel*, FactCount> facts;
        QComboBox* map;
        std::shared_ptr<const Exchange> exchange;
        std::shared_ptr<const ModelFacts> model;  ///< that answers or has answered
        JobId job = 0;
    };

    QWidget* makeQuestion();
    QWidget* makeAnswers();
    QWidget* makeMaps();
    Worker& workerOf(int side) const;
    CurrentModel& modelOf(int side) const;
    void start(int side);
    void take(int side, const std::shared_ptr<const Exchange>& exchange);
    void fail(int side, const QString& message);
    void forgetAnswers();
    void showFacts(int side);
    void follow();
    void askWaiting();
    void fillMaps();
    void copyTable();
    void say(const QString& message);

    AtlasState& m_state;
    std::array<Side, 2> m_sides{};
    engine::ChatRequest m_request;  ///< that both are asked; generation and encoding are each model's own
    quint64 m_run = 0;
    QString m_waiting;              ///< question that is asked when all is there
    SecondModelBar* m_second;
    QLineEdit* m_question;
    QPushButton* m_ask;
    QLabel *m_message, *m_note;
    QWidget* m_maps;
    QToolButton* m_menus;
};

}  // namespace fusionscope::ui
