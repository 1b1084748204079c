#include "ui/inspect/compare_page.h"

#include <QClipboard>
#include <QComboBox>
#include <QGridLayout>
#include <QGuiApplication>
#include <QLabel>
#include <QLineEdit>
#include <QLocale>
#include <QMenu>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QToolButton>
#include <cmath>
#include <utility>

#include "core/engine/memory.h"
#include "core/engine/model.h"
#include "ui/common/family_title.h"
#include "ui/common/text_sizes.h"
#include "ui/common/workspace.h"
#include "ui/inspect/atlas_state.h"
#include "ui/inspect/labels.h"
#include "ui/inspect/large_map.h"

namespace fusionscope::ui {

namespace {

constexpr int answerLines = 4;

QString seconds(double value) { return ComparePage::tr("%1 s").arg(QLocale().toString(value, 'f', 2)); }

QString titleOf(const ModelFacts& facts) {
    return modelTitle(QString::fromStdString(facts.summary.family), QString::fromStdString(facts.summary.folder));
}

double wholeSeconds(const engine::AnswerStatistics& statistics) {
    return statistics.firstTokenSeconds + statistics.generateSeconds;
}

}  // namespace

ComparePage::ComparePage(AtlasState& state, QWidget* parent)
    : QWidget(parent), m_state(state), m_second(new SecondModelBar(state.workspace())), m_message(new QLabel),
      m_note(new QLabel), m_menus(new QToolButton) {
    for (auto* label : {m_message, m_note}) {
        label->setForegroundRole(QPalette::PlaceholderText);
        label->setFont(textFont(TextSize::Small));
        label->setWordWrap(true);
    }
    m_note->setText(tr("Each map is in a feature space of its own: colours and numbers compare within it, places across both."));
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(12, 8, 12, 8);
    column->setSpacing(8);
    column->addWidget(m_second);
    column->addWidget(makeQuestion());
    column->addWidget(m_message);
    column->addWidget(makeAnswers());
    column->addWidget(makeMaps(), 1);
    m_menus->setText(tr("Export"));
    m_menus->setAccessibleName(tr("Export the comparison"));
    m_menus->setPopupMode(QToolButton::InstantPopup);
    m_menus->setFocusPolicy(Qt::StrongFocus);
    auto* menu = new QMenu(m_menus);
    menu->addAction(tr("Copy both answers as a table"), this, &ComparePage::copyTable);
    m_menus->setMenu(menu);

    auto& workspace = state.workspace();
    connect(this, &ComparePage::textArrived, this, [this](int side, quint64 run, const QString& text) {
        if (run != m_run) return;
        auto* answer = m_sides[size_t(side)].answer;
        answer->moveCursor(QTextCursor::End);
        answer->insertPlainText(text);
    }, Qt::QueuedConnection);
    connect(this, &ComparePage::answeredBy, this, [this](int side, quint64 run, const auto& exchange) {
        if (run == m_run) take(side, exchange);
    }, Qt::QueuedConnection);
    for (int side = 0; side < 2; ++side) {
        connect(&workerOf(side), &Worker::ended, this, [this, side](JobId job, JobEnd end, const QString& message) {
            if (job == m_sides[size_t(side)].job && end != JobEnd::Done) fail(side, message);
        }, Qt::QueuedConnection);
        connect(&modelOf(side), &CurrentModel::changed, this, &ComparePage::forgetAnswers);
        connect(&modelOf(side), &CurrentModel::changed, this, &ComparePage::askWaiting);
    }
    connect(&workspace.selection, &Selection::pictureChanged, this, &ComparePage::forgetAnswers);
    connect(&workspace.selection, &Selection::pictureChanged, this, &ComparePage::askWaiting);
    connect(&workspace.pictures, &Pictures::opened, this, &ComparePage::follow);
    connect(&workspace.answer, &CurrentAnswer::changed, this, [this] {
        const auto& exchange = m_state.workspace().answer.exchange();
        if (exchange && !m_question->isModified()) m_question->setText(questionOf(exchange->request));
    });
    connect(&state, &AtlasState::optionsChanged, this, &ComparePage::fillMaps);
    connect(&state, &AtlasState::enlargedChanged, this, &ComparePage::fillMaps);
    connect(&state, &AtlasState::statusChanged, this, &ComparePage::follow);
    forgetAnswers();
}

QWidget* ComparePage::menus() const { return m_menus; }

Worker& ComparePage::workerOf(int side) const {
    auto& workspace = m_state.workspace();
    return side == 0 ? workspace.worker : workspace.secondWorker;
}

CurrentModel& ComparePage::modelOf(int side) const {
    auto& workspace = m_state.workspace();
    return side == 0 ? workspace.model : workspace.second;
}

QWidget* ComparePage::makeQuestion() {
    m_question = new QLineEdit;
    m_question->setPlaceholderText(tr("One question for both"));
    m_question->setAccessibleName(tr("Question for both models"));
    m_question->setMaxLength(4000);
    m_question->setObjectName(QStringLiteral("questionForBoth"));
    m_ask = new QPushButton(tr("Ask both"));
    m_ask->setObjectName(QStringLiteral("askBoth"));
    m_ask->setToolTip(tr("One after the other, from cold: nothing that was computed before is taken"));
    connect(m_question, &QLineEdit::returnPressed, m_ask, &QPushButton::click);
    connect(m_ask, &QPushButton::clicked, this, [this] { ask(m_question->text()); });
    auto* line = new QWidget;
    auto* row = new QHBoxLayout(line);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(8);
    row->addWidget(m_question, 1);
    row->addWidget(m_ask);
    return line;
}

QWidget* ComparePage::makeAnswers() {
    auto* panel = new QWidget;
    auto* grid = new QGridLayout(panel);
    grid->setContentsMargins(0, 0, 0, 0);
    grid->setHorizontalSpacing(16);
    grid->setVerticalSpacing(4);
    const QString names[FactCount] = {tr("time"), tr("to the first token"), tr("tokens"), tr("speed"), tr("weights")};
    for (int fact = 0; fact < FactCount; ++fact) {
        auto* name = new QLabel(names[fact]);
        name->setForegroundRole(QPalette::PlaceholderText);
        name->setFont(textFont(TextSize::Small));
        grid->addWidget(name, 2 + fact, 0);
    }
    for (int side = 0; side < 2; ++side) {
        auto& one = m_sides[size_t(side)];
        one.title = new QLabel;
        one.title->setTextFormat(Qt::PlainText);
        auto font = one.title->font();
        font.setWeight(QFont::DemiBold);
        one.title->setFont(font);
        one.title->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
        one.answer = new QPlainTextEdit;
        one.answer->setReadOnly(true);
        one.answer->setFrameShape(QFrame::NoFrame);
        one.answer->setAccessibleName(side == 0 ? tr("Answer of the first model") : tr("Answer of the second model"));
        one.answer->setFixedHeight(answerLines * one.answer->fontMetrics().lineSpacing() + 12);
        grid->addWidget(one.title, 0, side + 1);
        grid->addWidget(one.answer, 1, side + 1);
        for (int fact = 0; fact < FactCount; ++fact) {
            auto* value = new QLabel;
            value->setFont(textFont(TextSize::Small));
            value->setTextInteractionFlags(Qt::TextSelectableByMouse);
            value->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
            value->setAccessibleName(names[fact]);
            grid->addWidget(value, 2 + fact, side + 1);
            one.facts[size_t(fact)] = value;
        }
        grid->setColumnStretch(side + 1, 1);
    }
    return panel;
}

QWidget* ComparePage::makeMaps() {
    m_maps = new QWidget;
    auto* column = new QVBoxLayout(m_maps);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(4);
    auto* row = new QHBoxLayout;
    row->setSpacing(16);
    for (int side = 0; side < 2; ++side) {
        auto* map = m_sides[size_t(side)].map = new QComboBox;
        map->setAccessibleName(side == 0 ? tr("Map of the first model") : tr("Map of the second model"));
        map->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Fixed);
        row->addWidget(map, 1);
        connect(map, &QComboBox::activated, this, [this, side](int index) {
            if (side == 0)
                m_state.setCurrent(index);
            else
                m_state.setCounterpart(m_sides[1].map->itemData(index).toString().toStdString());
        });
    }
    column->addLayout(row);
    column->addWidget(new LargeMap(m_state), 1);
    column->addWidget(m_note);
    return m_maps;
}

void ComparePage::showEvent(QShowEvent*) {
    m_state.setShown(this, true);
    m_state.setBeside(true);
}

void ComparePage::hideEvent(QHideEvent*) {
    m_state.setBeside(false);
    m_state.setShown(this, false);
}

void ComparePage::ask(const QString& question) {
    auto& workspace = m_state.workspace();
    const auto picture = workspace.pictures.find(workspace.selection.picture());
    const auto words = question.trimmed();
    if (!picture) return say(tr("Open or drop a picture first: both are asked about it."));
    if (words.isEmpty()) return say(tr("Type a question for both."));
    for (int side = 0; side < 2; ++side) {
        const auto facts = modelOf(side).facts();
        if (!facts) return say(side == 0 ? tr("Choose a model under Model first.") : tr("Load a second model first."));
        if (!facts->summary.chats || !facts->summary.takesPictures)
            return say(tr("%1 does not answer questions about pictures. Choose another model.").arg(titleOf(*facts)));
    }
    forgetAnswers();
    m_question->setText(words);
    m_question->setModified(true);
    m_request = {};
    m_request.messages = {{text::Role::User, {text::ContentItem::image(), text::ContentItem::ofText(words.toStdString())}}};
    m_request.pictures = {picture->handle};
    start(0);
    follow();
}

void ComparePage::loadAndAsk(const QString& folder, const QString& question) {
    m_waiting = question;
    m_second->load(folder);
    askWaiting();
}

void ComparePage::askWaiting() {
    auto& workspace = m_state.workspace();
    if (m_waiting.isEmpty() || !workspace.model.facts() || !workspace.second.facts() ||
        !workspace.pictures.find(workspace.selection.picture()))
        return;
    ask(std::exchange(m_waiting, {}));
}

void ComparePage::start(int side) {
    auto& one = m_sides[size_t(side)];
    one.model = modelOf(side).facts();
    if (!one.model) return fail(side, tr("The model is not there any more."));
    one.answer->setPlaceholderText(tr("answering"));
    auto request = m_request;
    request.generation = one.model->generation;
    request.encoding = one.model->encoding;
    one.job = workerOf(side).submit(tr("Answering, %1").arg(titleOf(*one.model)),
                                    [this, side, run = m_run, request](WorkerContext& context) {
        auto& model = context.loaded();
        model.forget();
        auto exchange = std::make_shared<Exchange>();
        exchange->request = request;
        engine::ChatCallbacks callbacks;
        callbacks.onText = [&](const std::string& text) { emit textArrived(side, run, QString::fromStdString(text)); };
        exchange->answer = model.chat(request, callbacks, context.control);
        emit answeredBy(side, run, exchange);
    });
}

void ComparePage::take(int side, const std::shared_ptr<const Exchange>& exchange) {
    auto& one = m_sides[size_t(side)];
    one.exchange = exchange;
    one.job = 0;
    one.answer->setPlainText(QString::fromStdString(exchange->answer.text));
    one.answer->setPlaceholderText(tr("no words"));
    showFacts(side);
    if (side == 0) start(1);
    follow();
}

void ComparePage::fail(int side, const QString& message) {
    m_sides[size_t(side)].job = 0;
    m_sides[size_t(side)].answer->setPlaceholderText({});
    say(message.isEmpty() ? tr("Stopped.") : message);
    follow();
}

void ComparePage::forgetAnswers() {
    ++m_run;
    for (int side = 0; side < 2; ++side) {
        auto& one = m_sides[size_t(side)];
        if (one.job != 0) workerOf(side).stop(std::exchange(one.job, 0));
        one.exchange = nullptr;
        one.model = nullptr;
        one.answer->clear();
        one.answer->setPlaceholderText({});
        showFacts(side);
    }
    say({});
    follow();
}

void ComparePage::showFacts(int side) {
    const auto& one = m_sides[size_t(side)];
    for (auto* value : one.facts) value->clear();
    const auto facts = modelOf(side).facts();
    one.title->setText(facts ? titleOf(*facts) : side == 0 ? tr("no model") : tr("no second model"));
    if (facts)
        one.facts[Memory]->setText(tr("%1, %2 on %3")
                                       .arg(QString::fromStdString(engine::bytesText(facts->summary.weightBytes)),
                                            QString::fromStdString(facts->summary.precision),
                                            QString::fromStdString(facts->summary.device)));
    if (!one.exchange) return;
    const QLocale locale;
    const auto& answer = one.exchange->answer;
    const auto& statistics = answer.statistics;
    one.facts[Time]->setText(seconds(wholeSeconds(statistics)));
    one.facts[First]->setText(tr("%1, encoding %2").arg(seconds(statistics.firstTokenSeconds), seconds(statistics.encodeSeconds)));
    one.facts[Tokens]->setText(tr("%1 read, %2 of the picture; %3 written")
                                   .arg(locale.toString(qlonglong(statistics.promptTokens)),
                                        locale.toString(qlonglong(statistics.visualTokens)),
                                        locale.toString(qlonglong(answer.tokens.size()))));
    const auto after = double(answer.tokens.size()) - 1;
    one.facts[Speed]->setText(after > 0 && statistics.generateSeconds > 0
                                  ? tr("%1 tokens/s").arg(locale.toString(after / statistics.generateSeconds, 'f', 1))
                                  : tr("too short to tell"));
}

void ComparePage::follow() {
    const bool asks = m_sides[0].job != 0 || m_sides[1].job != 0;
    m_ask->setEnabled(!asks);
    for (int side = 0; side < 2; ++side) showFacts(side);
    fillMaps();
}

void ComparePage::fillMaps() {
    const auto fill = [](QComboBox* box, const auto& activations, const std::string& current) {
        const QSignalBlocker quiet(box);
        box->clear();
        for (const models::ActivationInfo& activation : activations)
            box->addItem(cellTitle(activation), QString::fromStdString(activation.name));
        box->setCurrentIndex(box->findData(QString::fromStdString(current)));
        box->setEnabled(box->count() > 0);
    };
    std::vector<models::ActivationInfo> own;
    for (const auto& cell : m_state.cells()) own.push_back(cell.activation);
    const auto current = m_state.current();
    fill(m_sides[0].map, own, current < 0 ? std::string() : own[size_t(current)].name);
    const bool both = m_state.isBeside() && m_state.compared();
    fill(m_sides[1].map, both ? m_state.compared()->activations : std::vector<models::ActivationInfo>(), m_state.counterpart());
    m_note->setVisible(both);
}

void ComparePage::copyTable() {
    const auto& first = m_sides[0].exchange;
    const auto& second = m_sides[1].exchange;
    if (!first || !second) return say(tr("There is nothing to copy yet: ask both first."));
    QString table = QStringLiteral("model\tanswer\tseconds\tseconds_to_first_token\tprompt_tokens\tvisual_tokens\ttokens\ttokens_per_second\n");
    for (const auto& one : m_sides) {
        const auto& answer = one.exchange->answer;
        const auto& statistics = answer.statistics;
        const double rate = statistics.generateSeconds > 0 ? (double(answer.tokens.size()) - 1) / statistics.generateSeconds : 0;
        const QStringList fields = {titleOf(*one.model),
                                    QString::fromStdString(answer.text).simplified(),
                                    QString::number(wholeSeconds(statistics), 'f', 3),
                                    QString::number(statistics.firstTokenSeconds, 'f', 3),
                                    QString::number(statistics.promptTokens),
                                    QString::number(statistics.visualTokens),
                                    QString::number(answer.tokens.size()),
                                    QString::number(rate, 'f', 2)};
        table += fields.join(u'\t') + u'\n';
    }
    QGuiApplication::clipboard()->setText(table);
    say(tr("Copied, with a row for each model."));
}

void ComparePage::say(const QString& message) {
    m_message->setText(message);
    m_message->setVisible(!message.isEmpty());
}

}  // namespace fusionscope::ui
