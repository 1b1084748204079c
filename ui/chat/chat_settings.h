#pragma once

#include <QFrame>
#include <optional>

#include "core/engine/request.h"

class QCheckBox;
class QComboBox;
class QDoubleSpinBox;
class QPlainTextEdit;
class QSpinBox;

namespace fusionscope::ui {

/// How answers are made: system prompt of the conversation, and generation settings with presets.
class ChatSettings : public QFrame {
    Q_OBJECT

  public:
    explicit ChatSettings(QWidget* parent = nullptr);

    /// What the model's makers advise; stands until the person changes something.
    void setAdvice(const engine::GenerationOptions& options);
    /// Nothing: as advised.
    void setGeneration(const std::optional<engine::GenerationOptions>& options);
    const std::optional<engine::GenerationOptions>& generation() const { return m_generation; }
    void setSystemPrompt(const QString& text);

  signals:
    void generationChanged(const std::optional<fusionscope::engine::GenerationOptions>& options);
    void systemPromptChanged(const QString& text);

  private:
    QWidget* makeForm();
    void display(const engine::GenerationOptions& options);
    engine::GenerationOptions shown() const;
    void change(const std::optional<engine::GenerationOptions>& options);

    engine::GenerationOptions m_advice;
    std::optional<engine::GenerationOptions> m_generation;
    bool m_showing = false;
    QPlainTextEdit* m_system;
    QComboBox* m_preset;
    QCheckBox* m_sample;
    QDoubleSpinBox *m_temperature, *m_topP, *m_minP, *m_penalty;
    QSpinBox *m_topK, *m_maxTokens, *m_seed;
};

}  // namespace fusionscope::ui
