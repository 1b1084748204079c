#include "ui/chat/chat_settings.h"

#include <QCheckBox>
#include <QComboBox>
#include <QDoubleSpinBox>
#include <QFormLayout>
#include <QLabel>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QVBoxLayout>
#include <limits>

#include "ui/common/icons.h"

namespace fusionscope::ui {

namespace {

struct Preset {
    const char* title;
    bool greedy;
    double temperature, topP, minP;
};
constexpr Preset presets[] = {
    {QT_TRANSLATE_NOOP("fusionscope::ui::ChatSettings", "Exact: always the likeliest word"), true, 1.0, 1.0, 0.0},
    {QT_TRANSLATE_NOOP("fusionscope::ui::ChatSettings", "Balanced"), false, 0.7, 0.9, 0.0},
    {QT_TRANSLATE_NOOP("fusionscope::ui::ChatSettings", "Inventive"), false, 1.0, 0.95, 0.05}};
constexpr int advised = 0, own = 1 + static_cast<int>(std::size(presets));

QDoubleSpinBox* decimals(double least, double most, double step) {
    auto* box = new QDoubleSpinBox;
    box->setRange(least, most);
    box->setSingleStep(step);
    return box;
}

QSpinBox* whole(int least, int most) {
    auto* box = new QSpinBox;
    box->setRange(least, most);
    box->setGroupSeparatorShown(true);
    return box;
}

}  // namespace

ChatSettings::ChatSettings(QWidget* parent)
    : QFrame(parent, Qt::Popup),
      m_system(new QPlainTextEdit),
      m_preset(new QComboBox),
      m_sample(new QCheckBox(tr("Sample instead of taking the likeliest word"))),
      m_temperature(decimals(0.05, 5, 0.05)),
      m_topP(decimals(0.01, 1, 0.05)),
      m_minP(decimals(0, 0.99, 0.01)),
      m_penalty(decimals(0.1, 5, 0.05)),
      m_topK(whole(0, 100'000)),
      m_maxTokens(whole(1, 1'000'000)),
      m_seed(whole(0, std::numeric_limits<int>::max())) {
    setFrameShape(QFrame::StyledPanel);
    setAccessibleName(tr("Settings of the chat"));
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(16, 12, 16, 12);
    column->setSpacing(8);
    auto* title = new QLabel(tr("System prompt, from the next question on"));
    title->setBuddy(m_system);
    column->addWidget(title);
    m_system->setAccessibleName(tr("System prompt"));
    m_system->setPlaceholderText(tr("What the model should know before every question"));
    m_system->setTabChangesFocus(true);
    m_system->setFixedHeight(m_system->fontMetrics().lineSpacing() * 4 + 8);
    column->addWidget(m_system);
    column->addWidget(makeForm());
    auto* reset = new QPushButton(icon("rotate-ccw"), tr("Reset to the model's own"));
    column->addWidget(reset, 0, Qt::AlignLeft);
    connect(reset, &QPushButton::clicked, this, [this] { change({}); });
    connect(m_system, &QPlainTextEdit::textChanged, this, [this] {
        if (!m_showing) emit systemPromptChanged(m_system->toPlainText());
    });
    setAdvice({});
}

QWidget* ChatSettings::makeForm() {
    auto* widget = new QWidget;
    auto* form = new QFormLayout(widget);
    form->setContentsMargins(0, 0, 0, 0);
    form->setVerticalSpacing(6);
    m_preset->addItem(tr("The model's own"));
    for (const auto& preset : presets) m_preset->addItem(tr(preset.title));
    m_preset->addItem(tr("My own"));
    const auto add = [&](const QString& name, QWidget* control, const QString& tip) {
        form->addRow(name, control);
        control->setAccessibleName(name);
        control->setToolTip(tip);
        control->setAccessibleDescription(tip);
    };
    add(tr("Preset"), m_preset, tr("Settings that go together"));
    form->addRow(m_sample);
    add(tr("Temperature"), m_temperature, tr("Below 1: surer words; above 1: more surprising ones"));
    add(tr("Top k"), m_topK, tr("Choose among so many of the likeliest tokens; 0: among all"));
    add(tr("Top p"), m_topP, tr("Choose among the likeliest tokens that have this probability together"));
    add(tr("Min p"), m_minP, tr("Leave out tokens that are less likely than this share of the likeliest one"));
    add(tr("Seed"), m_seed, tr("The same seed gives the same answer"));
    add(tr("Repetition penalty"), m_penalty, tr("Above 1: words that were said are said less often again"));
    add(tr("Longest answer"), m_maxTokens, tr("In tokens"));
    const auto edited = [this] {
        if (!m_showing) change(shown());
    };
    for (auto* box : {m_temperature, m_topP, m_minP, m_penalty})
        connect(box, &QDoubleSpinBox::valueChanged, this, edited);
    for (auto* box : {m_topK, m_maxTokens, m_seed}) connect(box, &QSpinBox::valueChanged, this, edited);
    connect(m_sample, &QCheckBox::toggled, this, edited);
    connect(m_preset, &QComboBox::activated, this, [this](int chosen) {
        if (chosen == advised) return change({});
        auto options = m_generation.value_or(m_advice);
        if (chosen < own) {
            const auto& preset = presets[chosen - 1];
            options.greedy = preset.greedy;
            options.temperature = preset.temperature;
            options.topP = preset.topP;
            options.minP = preset.minP;
            options.topK = 0;
        }
        change(options);
    });
    return widget;
}

void ChatSettings::setAdvice(const engine::GenerationOptions& options) {
    m_advice = options;
    display(m_generation.value_or(m_advice));
}

void ChatSettings::setGeneration(const std::optional<engine::GenerationOptions>& options) {
    m_generation = options;
    display(m_generation.value_or(m_advice));
}

void ChatSettings::setSystemPrompt(const QString& text) {
    if (text == m_system->toPlainText()) return;
    m_showing = true;
    m_system->setPlainText(text);
    m_showing = false;
}

void ChatSettings::change(const std::optional<engine::GenerationOptions>& options) {
    setGeneration(options);
    emit generationChanged(options);
}

void ChatSettings::display(const engine::GenerationOptions& options) {
    m_showing = true;
    int preset = m_generation ? own : advised;
    for (int i = 0; m_generation && i < static_cast<int>(std::size(presets)); ++i) {
        const auto& [title, greedy, temperature, topP, minP] = presets[i];
        const bool samples = options.temperature == temperature && options.topP == topP && options.minP == minP &&
                             options.topK == 0;
        if (options.greedy == greedy && (greedy || samples)) preset = i + 1;
    }
    m_preset->setCurrentIndex(preset);
    m_sample->setChecked(!options.greedy);
    m_temperature->setValue(options.temperature);
    m_topK->setValue(static_cast<int>(options.topK));
    m_topP->setValue(options.topP);
    m_minP->setValue(options.minP);
    m_penalty->setValue(options.repetitionPenalty);
    m_maxTokens->setValue(static_cast<int>(options.maxNewTokens));
    m_seed->setValue(static_cast<int>(options.seed));
    for (QWidget* control : std::initializer_list<QWidget*>{m_temperature, m_topK, m_topP, m_minP, m_seed})
        control->setEnabled(!options.greedy);
    m_showing = false;
}

engine::GenerationOptions ChatSettings::shown() const {
    auto options = m_generation.value_or(m_advice);
    options.greedy = !m_sample->isChecked();
    options.temperature = m_temperature->value();
    options.topK = m_topK->value();
    options.topP = m_topP->value();
    options.minP = m_minP->value();
    options.repetitionPenalty = m_penalty->value();
    options.maxNewTokens = m_maxTokens->value();
    options.seed = static_cast<uint64_t>(m_seed->value());
    return options;
}

}  // namespace fusionscope::ui
