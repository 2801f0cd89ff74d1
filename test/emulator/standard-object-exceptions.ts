/** Why standard objects differ from what jsforce recorded of a real org; each line is checked to be still a difference. */
const EDITION =
  'documented for the object; the org that jsforce recorded does not have it, by its edition or its profile';
const RECORD_TYPES = 'there where an org has record types, as ours has and the recorded one has not';
const QUEUES = 'queues own no records here, so there is but one object to lead to';

const PERMISSIONS = 'what users may do is set by control routes, not by a profile';
const PERSONAL = 'how one person likes to work: no reader of records asks for it';
const SETTINGS = 'settings of the org that nothing here depends on';
const SERIES = 'activities do not repeat here';
const ELSEWHERE = 'belongs to a feature or an object that the emulator does not have';

const DIFFERENT: Readonly<Record<string, string>> = {
  'Account.RecordTypeId is not in jsforce': RECORD_TYPES,
  'Account.AccountNumber is not in jsforce': EDITION,
  'Account.Sic is not in jsforce': EDITION,
  'Account.Ownership is not in jsforce': EDITION,
  'Account.TickerSymbol is not in jsforce': EDITION,
  'Account.Rating is not in jsforce': EDITION,
  'Account.Site is not in jsforce': EDITION,
  'Account.RecordType is no parent in jsforce': RECORD_TYPES,
  'Opportunity.RecordTypeId is not in jsforce': RECORD_TYPES,
  'Opportunity.ExpectedRevenue is not in jsforce': EDITION,
  'Opportunity.TotalOpportunityQuantity is not in jsforce': EDITION,
  'Opportunity.IsPrivate is not in jsforce': EDITION,
  'Opportunity.RecordType is no parent in jsforce': RECORD_TYPES,
  'Case.MasterRecordId is not in jsforce': EDITION,
  'Case.MasterRecord is no parent in jsforce': EDITION,
  'Case.Owner leads to Name in jsforce': QUEUES,
  'Lead.Owner leads to Name in jsforce': QUEUES,
};

/** Fields that we leave out, by object. */
const MISSING: readonly (readonly [object: string, reason: string, fields: string])[] = [
  [
    'Organization',
    SETTINGS,
    `State PostalCode Latitude Longitude GeocodeAccuracy Address Fax ReceivesInfoEmails ReceivesAdminInfoEmails
     PreferencesRequireOpportunityProducts PreferencesConsentManagementEnabled
     PreferencesIndividualAutoCreateEnabled PreferencesAutoSelectIndividualOnMerge
     PreferencesLightningLoginEnabled PreferencesOnlyLLPermUserAllowed FiscalYearStartMonth
     UsesStartDateAsFiscalYearName DefaultAccountAccess DefaultContactAccess DefaultOpportunityAccess
     DefaultLeadAccess DefaultCaseAccess DefaultCalendarAccess DefaultPricebookAccess DefaultCampaignAccess
     ComplianceBccEmail UiSkin SignupCountryIsoCode TrialExpirationDate NumKnowledgeService NamespacePrefix
     WebToCaseDefaultOrigin MonthlyPageViewsUsed MonthlyPageViewsEntitlement IsReadOnly`,
  ],
  [
    'Profile',
    PERMISSIONS,
    `PermissionsEmailSingle PermissionsEmailMass PermissionsEditTask PermissionsEditEvent PermissionsExportReport
     PermissionsImportPersonal PermissionsDataExport PermissionsManageUsers PermissionsEditPublicFilters
     PermissionsEditPublicTemplates PermissionsModifyAllData PermissionsManageCases PermissionsMassInlineEdit
     PermissionsEditKnowledge PermissionsManageKnowledge PermissionsManageSolutions
     PermissionsCustomizeApplication PermissionsEditReadonlyFields PermissionsRunReports PermissionsViewSetup
     PermissionsTransferAnyEntity PermissionsNewReportBuilder PermissionsManageCssUsers
     PermissionsActivateContract PermissionsActivateOrder PermissionsImportLeads PermissionsManageLeads
     PermissionsTransferAnyLead PermissionsViewAllData PermissionsEditPublicDocuments
     PermissionsViewEncryptedData PermissionsEditBrandTemplates PermissionsEditHtmlTemplates
     PermissionsChatterInternalUser PermissionsDeleteActivatedContract PermissionsChatterInviteExternalUsers
     PermissionsSendSitRequests PermissionsApiUserOnly PermissionsManageRemoteAccess
     PermissionsCanUseNewDashboardBuilder PermissionsManageCategories PermissionsConvertLeads
     PermissionsPasswordNeverExpires PermissionsUseTeamReassignWizards PermissionsEditActivatedOrders
     PermissionsInstallMultiforce PermissionsChatterOwnGroups PermissionsEditOppLineItemUnitPrice
     PermissionsBulkApiHardDelete PermissionsInboundMigrationToolsUser PermissionsSolutionImport
     PermissionsManageCallCenters PermissionsPortalSuperUser PermissionsManageSynonyms
     PermissionsOutboundMigrationToolsUser PermissionsDelegatedPortalUserAdmin PermissionsViewContent
     PermissionsManageEmailClientConfig PermissionsEnableNotifications PermissionsManageDataIntegrations
     PermissionsDistributeFromPersWksp PermissionsViewDataCategories PermissionsManageDataCategories
     PermissionsAuthorApex PermissionsManageMobile PermissionsApiEnabled PermissionsManageCustomReportTypes
     PermissionsEditCaseComments PermissionsTransferAnyCase PermissionsContentAdministrator
     PermissionsCreateWorkspaces PermissionsManageContentPermissions PermissionsManageContentProperties
     PermissionsManageContentTypes PermissionsScheduleJob PermissionsManageExchangeConfig
     PermissionsManageAnalyticSnapshots PermissionsScheduleReports PermissionsManageBusinessHourHolidays
     PermissionsManageEntitlements PermissionsManageInteraction PermissionsViewMyTeamsDashboards
     PermissionsModerateChatter PermissionsResetPasswords PermissionsFlowUFLRequired
     PermissionsCanInsertFeedSystemFields PermissionsManageKnowledgeImportExport
     PermissionsEmailTemplateManagement PermissionsEmailAdministration PermissionsManageChatterMessages
     PermissionsAllowEmailIC PermissionsChatterFileLink PermissionsForceTwoFactor PermissionsViewEventLogFiles
     PermissionsManageNetworks PermissionsViewCaseInteraction PermissionsManageAuthProviders PermissionsRunFlow
     PermissionsCreateCustomizeDashboards PermissionsCreateDashboardFolders PermissionsViewPublicDashboards
     PermissionsManageDashbdsInPubFolders PermissionsCreateCustomizeReports PermissionsCreateReportFolders
     PermissionsViewPublicReports PermissionsManageReportsInPubFolders PermissionsEditMyDashboards
     PermissionsEditMyReports PermissionsViewAllUsers PermissionsBypassEmailApproval
     PermissionsAllowUniversalSearch PermissionsConnectOrgToEnvironmentHub PermissionsCreateCustomizeFilters
     PermissionsContentHubUser PermissionsGovernNetworks PermissionsSalesConsole PermissionsTwoFactorApi
     PermissionsDeleteTopics PermissionsEditTopics PermissionsCreateTopics PermissionsAssignTopics
     PermissionsIdentityEnabled PermissionsIdentityConnect PermissionsAllowViewKnowledge
     PermissionsContentWorkspaces PermissionsCreateWorkBadgeDefinition PermissionsManageSearchPromotionRules
     PermissionsCustomMobileAppsAccess PermissionsViewHelpLink PermissionsManageProfilesPermissionsets
     PermissionsAssignPermissionSets PermissionsManageRoles PermissionsManageIpAddresses
     PermissionsManageSharing PermissionsManageInternalUsers PermissionsManagePasswordPolicies
     PermissionsManageLoginAccessPolicies PermissionsManageCustomPermissions PermissionsCanVerifyComment
     PermissionsManageUnlistedGroups PermissionsInsightsAppDashboardEditor PermissionsManageTwoFactor
     PermissionsInsightsAppUser PermissionsInsightsAppAdmin PermissionsInsightsAppEltEditor
     PermissionsInsightsAppUploadUser PermissionsInsightsCreateApplication PermissionsLightningExperienceUser
     PermissionsConfigCustomRecs PermissionsSubmitMacrosAllowed PermissionsBulkMacrosAllowed
     PermissionsShareInternalArticles PermissionsManageSessionPermissionSets PermissionsManageTemplatedApp
     PermissionsUseTemplatedApp PermissionsSendAnnouncementEmails PermissionsChatterEditOwnPost
     PermissionsChatterEditOwnRecordPost PermissionsWaveTrendReports PermissionsWaveTabularDownload
     PermissionsImportCustomObjects PermissionsDelegatedTwoFactor PermissionsChatterComposeUiCodesnippet
     PermissionsSelectFilesFromSalesforce PermissionsModerateNetworkUsers PermissionsMergeTopics
     PermissionsSubscribeToLightningReports PermissionsManagePvtRptsAndDashbds PermissionsAllowLightningLogin
     PermissionsCampaignInfluence2 PermissionsViewDataAssessment PermissionsRemoveDirectMessageMembers
     PermissionsCanApproveFeedPost PermissionsAddDirectMessageMembers PermissionsAllowViewEditConvertedLeads
     PermissionsShowCompanyNameAsUserBadge PermissionsAccessCMC PermissionsViewHealthCheck
     PermissionsManageHealthCheck PermissionsPackaging2 PermissionsManageCertificates
     PermissionsCreateReportInLightning PermissionsPreventClassicExperience PermissionsHideReadByList
     PermissionsListEmailSend PermissionsFeedPinning PermissionsChangeDashboardColors PermissionsIotUser
     PermissionsManageRecommendationStrategies PermissionsManagePropositions PermissionsCloseConversations
     PermissionsUseWebLink PermissionsViewOnlyEmbeddedAppUser PermissionsViewAllActivities
     PermissionsSubscribeReportToOtherUsers PermissionsLightningConsoleAllowedForUser
     PermissionsSubscribeReportsRunAsUser PermissionsSubscribeToLightningDashboards
     PermissionsSubscribeDashboardToOtherUsers PermissionsApexRestServices PermissionsEnableCommunityAppLauncher
     PermissionsLtngPromoReserved01UserPerm PermissionsCanEditDataPrepRecipe
     PermissionsAddAnalyticsRemoteConnections PermissionsManageSurveys PermissionsRecordVisibilityAPI
     PermissionsViewRoles PermissionsModifyMetadata`,
  ],
  ['Profile', ELSEWHERE, `UserLicenseId LastViewedDate LastReferencedDate`],
  ['RecordType', ELSEWHERE, `NamespacePrefix BusinessProcessId`],
  [
    'User',
    PERSONAL,
    `EmailPreferencesAutoBcc EmailPreferencesAutoBccStayInTouch EmailPreferencesStayInTouchReminder SenderEmail
     SenderName Signature StayInTouchSubject StayInTouchSignature StayInTouchNote BadgeText
     OfflineTrialExpirationDate OfflinePdaTrialExpirationDate UserPermissionsMarketingUser
     UserPermissionsOfflineUser UserPermissionsAvantgoUser UserPermissionsCallCenterAutoLogin
     UserPermissionsMobileUser UserPermissionsSFContentUser UserPermissionsKnowledgeUser
     UserPermissionsInteractionUser UserPermissionsSupportUser UserPreferencesActivityRemindersPopup
     UserPreferencesEventRemindersCheckboxDefault UserPreferencesTaskRemindersCheckboxDefault
     UserPreferencesReminderSoundOff UserPreferencesDisableAllFeedsEmail UserPreferencesDisableFollowersEmail
     UserPreferencesDisableProfilePostEmail UserPreferencesDisableChangeCommentEmail
     UserPreferencesDisableLaterCommentEmail UserPreferencesDisProfPostCommentEmail
     UserPreferencesContentNoEmail UserPreferencesContentEmailAsAndWhen UserPreferencesApexPagesDeveloperMode
     UserPreferencesHideCSNGetChatterMobileTask UserPreferencesDisableMentionsPostEmail
     UserPreferencesDisMentionsCommentEmail UserPreferencesHideCSNDesktopTask
     UserPreferencesHideChatterOnboardingSplash UserPreferencesHideSecondChatterOnboardingSplash
     UserPreferencesDisCommentAfterLikeEmail UserPreferencesDisableLikeEmail UserPreferencesSortFeedByComment
     UserPreferencesDisableMessageEmail UserPreferencesDisableBookmarkEmail UserPreferencesDisableSharePostEmail
     UserPreferencesEnableAutoSubForFeeds UserPreferencesDisableFileShareNotificationsForApi
     UserPreferencesShowTitleToExternalUsers UserPreferencesShowManagerToExternalUsers
     UserPreferencesShowEmailToExternalUsers UserPreferencesShowWorkPhoneToExternalUsers
     UserPreferencesShowMobilePhoneToExternalUsers UserPreferencesShowFaxToExternalUsers
     UserPreferencesShowStreetAddressToExternalUsers UserPreferencesShowCityToExternalUsers
     UserPreferencesShowStateToExternalUsers UserPreferencesShowPostalCodeToExternalUsers
     UserPreferencesShowCountryToExternalUsers UserPreferencesShowProfilePicToGuestUsers
     UserPreferencesShowTitleToGuestUsers UserPreferencesShowCityToGuestUsers
     UserPreferencesShowStateToGuestUsers UserPreferencesShowPostalCodeToGuestUsers
     UserPreferencesShowCountryToGuestUsers UserPreferencesHideS1BrowserUI
     UserPreferencesDisableEndorsementEmail UserPreferencesPathAssistantCollapsed
     UserPreferencesCacheDiagnostics UserPreferencesShowEmailToGuestUsers UserPreferencesShowManagerToGuestUsers
     UserPreferencesShowWorkPhoneToGuestUsers UserPreferencesShowMobilePhoneToGuestUsers
     UserPreferencesShowFaxToGuestUsers UserPreferencesShowStreetAddressToGuestUsers
     UserPreferencesLightningExperiencePreferred UserPreferencesPreviewLightning
     UserPreferencesHideEndUserOnboardingAssistantModal UserPreferencesHideLightningMigrationModal
     UserPreferencesHideSfxWelcomeMat UserPreferencesHideBiggerPhotoCallout UserPreferencesGlobalNavBarWTShown
     UserPreferencesGlobalNavGridMenuWTShown UserPreferencesCreateLEXAppsWTShown UserPreferencesFavoritesWTShown
     UserPreferencesRecordHomeSectionCollapseWTShown UserPreferencesRecordHomeReservedWTShown
     UserPreferencesFavoritesShowTopFavorites UserPreferencesExcludeMailAppAttachments
     UserPreferencesSuppressTaskSFXReminders UserPreferencesSuppressEventSFXReminders
     UserPreferencesPreviewCustomTheme UserPreferencesHasCelebrationBadge UserPreferencesUserDebugModePref
     UserPreferencesNewLightningReportRunPageEnabled FullPhotoUrl SmallPhotoUrl IsExtIndicatorVisible
     OutOfOfficeMessage MediumPhotoUrl DigestFrequency DefaultGroupNotificationFrequency BannerPhotoUrl
     SmallBannerPhotoUrl MediumBannerPhotoUrl IsProfilePhotoActive`,
  ],
  [
    'User',
    ELSEWHERE,
    `UserRoleId DelegatedApproverId ContactId AccountId CallCenterId PortalRole IsPortalEnabled
     IsPortalSelfRegistered IndividualId`,
  ],
  ['Account', ELSEWHERE, `IsCustomerPortal`],
  ['Contact', ELSEWHERE, `CanAllowPortalSelfReg IndividualId`],
  ['Opportunity', ELSEWHERE, `ForecastCategory ForecastCategoryName CampaignId Pricebook2Id`],
  [
    'Case',
    ELSEWHERE,
    `AssetId ProductId EntitlementId SourceId BusinessHoursId IsVisibleInSelfService HasCommentsUnreadByOwner
     HasSelfServiceComments IsSelfServiceClosed SlaStartDate SlaExitDate IsStopped StopStartDate ContactPhone
     ContactMobile ContactEmail ContactFax MilestoneStatus`,
  ],
  ['Lead', ELSEWHERE, `IndividualId`],
  [
    'Task',
    SERIES,
    `RecurrenceActivityId IsRecurrence RecurrenceStartDateOnly RecurrenceEndDateOnly RecurrenceTimeZoneSidKey
     RecurrenceType RecurrenceInterval RecurrenceDayOfWeekMask RecurrenceDayOfMonth RecurrenceInstance
     RecurrenceMonthOfYear RecurrenceRegeneratedType`,
  ],
  ['Event', ELSEWHERE, `GroupEventType`],
  [
    'Event',
    SERIES,
    `RecurrenceActivityId IsRecurrence RecurrenceStartDateTime RecurrenceEndDateOnly RecurrenceTimeZoneSidKey
     RecurrenceType RecurrenceInterval RecurrenceDayOfWeekMask RecurrenceDayOfMonth RecurrenceInstance
     RecurrenceMonthOfYear`,
  ],
];

/** Reasons by difference, in the words of the comparison. */
export const EXCEPTIONS: Readonly<Record<string, string>> = {
  ...DIFFERENT,
  ...Object.fromEntries(
    MISSING.flatMap(([object, reason, fields]) =>
      fields.split(/\s+/).map((field) => [`${object}.${field} is missing`, reason] as const),
    ),
  ),
};
