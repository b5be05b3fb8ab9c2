Feature: An auditor checks a special plan against the plans above it
  A department holds the near-term plan, the territorial plan as its database, and the smart-city plan.

  Scenario: A special plan that follows the smart-city plan
    Given the package is the demo "transport-special"
    When it is checked in English with the profile "alignment"
    Then the exit status is 0
    And the report says "against: 栖云市智慧城市规划（2026—2035年）  [smart-city plan  QY-SCP-2026]"
    And the report says "automatic suggestion for the reviewer: accept"

  Scenario: Findings in English, for every rule that failed
    Given the package is the demo "smart-city-mistakes"
    When it is checked in English with the profile "alignment"
    Then the exit status is 1
    And the report says "m² of permanent basic farmland (100 % of the site)"
    And the report says "Land Administration Law"
    And no line that plancheck wrote is in Chinese

  Scenario: The territorial plan straight from the authority's database
    Given the package is the demo "smart-city", alone
    And the territorial plan is the bare database of the demo
    When it is checked in English with the profile "default"
    Then the rule "TP-202" ends as "passed"

  Scenario: Special plans of one city that contradict each other, and one that cannot be read
    Given a folder holds special plans of one city that contradict each other, and a damaged zip
    When the folder is audited in English
    Then the exit status is 2
    And the report says "two special plans plan the same project (one investment code) and contradict each other’s years"
    And the report says "The zip is damaged, or is no zip."
    And the report says "4 packages: 0 accepted, 3 not accepted, 1 not finished; conflicts between plans: 3"

  Scenario: A plan that comes back mended
    Given the package is the demo "smart-city-mistakes"
    When its report is compared in English with that on the demo "smart-city"
    Then the exit status is 0
    And the report says "- fixed  ● TP-202 violation"
    And the report says "findings: new 0, no longer checked 0, changed 0, still there 0, fixed 29"
    And the report says "automatic suggestion for the reviewer: return → accept"

  Scenario: A waiver on a control line needs the approval beside it
    Given the package is the demo "smart-city-mistakes"
    And a reviewer waives the finding of "TP-202" until "2027-01-01" without the approval attached
    When it is checked in English with the profile "alignment"
    Then the exit status is 1
    And the report says "is about one of the three control lines, and the approval is not attached"
    And the report says "findings waived: 0"

  Scenario: A recorded decision settles what was left to a person
    Given the package is the demo "smart-city-mistakes"
    And a reviewer decides on "TP-201b" that it complies
    When it is checked in English with the profile "alignment"
    Then the report says "decided: complies"
    And the report says "open points decided: 1"
